using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using RemoteLog.Functions.Http;
using static RemoteLog.Functions.Tests.TestService;

namespace RemoteLog.Functions.Tests;

public sealed class OperationsTests : IAsyncLifetime
{
    private TestService service = null!;

    public async ValueTask InitializeAsync() => service = await StartAsync();

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Theory]
    [InlineData("/api/health/live")]
    [InlineData("/api/health/ready")]
    [InlineData("/")]
    public async Task A_service_that_runs_says_so(string path) => Assert.Equal(HttpStatusCode.OK, (await service.GetAsync(path)).StatusCode);

    [Fact]
    public async Task The_description_names_every_route_and_no_other()
    {
        var routes = service.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
                .Select(method => $"{method} {endpoint.RoutePattern.RawText}"));

        var described = (await DescriptionAsync()).GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject()
                .Where(operation => operation.Name != "parameters")
                .Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}"));

        Assert.Equal(routes.Order(), described.Order());
    }

    [Fact]
    public async Task The_description_names_every_problem_and_no_other()
    {
        var problems = typeof(Problem).GetFields().Where(field => field.FieldType == typeof(Problem)).Select(field => (Problem)field.GetValue(null)!).ToList();

        var described = (await DescriptionAsync()).GetProperty("components").GetProperty("schemas").GetProperty("Problem")
            .GetProperty("properties").GetProperty("type").GetProperty("enum").EnumerateArray().Select(type => type.GetString()!);

        Assert.Equal(problems.Select(problem => problem.Type).Distinct().Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_reference_in_the_description_leads_somewhere()
    {
        var text = await service.Http.GetStringAsync("/api/openapi/v1.json");
        var schemas = (await DescriptionAsync()).GetProperty("components").GetProperty("schemas").EnumerateObject().Select(schema => schema.Name).ToHashSet();

        var references = System.Text.RegularExpressions.Regex.Matches(text, "#/components/schemas/(\\w+)").Select(match => match.Groups[1].Value).ToList();

        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.Contains(reference, schemas));
    }

    private async Task<JsonElement> DescriptionAsync() => JsonDocument.Parse(await service.Http.GetStringAsync("/api/openapi/v1.json")).RootElement;
}
