using System.Text.Json;
using RemoteLog.Functions.Host.Simulator;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Host;

/// <summary>The simulator is as strict, and as odd, as the host.</summary>
public sealed class SimulatorTests(PublishedApp app)
{
    private static readonly QueueFunction Seal = new("Seal", "log", "remotelog-seal", IsBinary: false);

    private static readonly QueueMessage Message = new("m-1", "r-1", "", 2, A.Moment, A.Moment.AddDays(7), A.Moment.AddMinutes(10));

    [Fact]
    public void A_text_message_is_encoded_twice_and_its_properties_replace_metadata()
    {
        var envelope = JsonDocument.Parse(Envelope.OfMessage(Seal, Message, """{"ID":7,"size":"é","tags":["a"],"sys":{"x":1}}"""u8, A.Moment)).RootElement;

        Assert.Equal(
            "\"{\\\"ID\\\":7,\\\"size\\\":\\\"é\\\",\\\"tags\\\":[\\\"a\\\"],\\\"sys\\\":{\\\"x\\\":1}}\"",
            envelope.GetProperty("Data").GetProperty("log").GetString());
        var metadata = envelope.GetProperty("Metadata").EnumerateObject().ToDictionary(property => property.Name, property => property.Value.ToString());
        Assert.Equal("2", metadata["DequeueCount"]);
        Assert.Equal("\"r-1\"", metadata["PopReceipt"]);
        Assert.Equal("2026-03-14T15:09:26+00:00", metadata["InsertionTime"]);
        Assert.Equal("7", metadata["ID"]);
        Assert.Equal("\"é\"", metadata["size"]);
        Assert.Equal("""{"x":1}""", metadata["sys"]);
        Assert.DoesNotContain("Id", metadata.Keys);
        Assert.DoesNotContain("tags", metadata.Keys);
    }

    [Fact]
    public void A_binary_message_is_base64_and_leaks_nothing()
    {
        var envelope = JsonDocument.Parse(Envelope.OfMessage(Seal with { IsBinary = true }, Message, """{"Id":7}"""u8, A.Moment)).RootElement;

        Assert.Equal("eyJJZCI6N30=", envelope.GetProperty("Data").GetProperty("log").GetString());
        Assert.Equal("\"m-1\"", envelope.GetProperty("Metadata").GetProperty("Id").GetString());
    }

    [Fact]
    public void A_timer_that_never_ran_has_the_first_of_all_days_as_its_last()
    {
        var envelope = JsonDocument.Parse(Envelope.OfTimer(new TimerFunction("Sweep", "timer", 5), null, A.Moment, isPastDue: true, A.Moment)).RootElement;

        var timer = envelope.GetProperty("Data").GetProperty("timer");
        Assert.True(timer.GetProperty("IsPastDue").GetBoolean());
        Assert.Equal("0001-01-01T00:00:00+00:00", timer.GetProperty("ScheduleStatus").GetProperty("Last").GetString());
    }

    [Theory]
    [InlineData(200, "application/json", "{}", true)]
    [InlineData(201, "text/json", """{"logs":["a"],"more":1}""", true)]
    [InlineData(200, "text/plain", "{}", false)]
    [InlineData(200, null, "{}", false)]
    [InlineData(200, "application/json", "{", false)]
    [InlineData(200, "application/json", "\"text\"", false)]
    [InlineData(200, "application/json", """{"Logs":[1]}""", false)]
    [InlineData(404, "application/problem+json", "{}", false)]
    [InlineData(500, "application/json", "{}", false)]
    public void An_answer_is_success_or_failure(int status, string? type, string body, bool success) =>
        Assert.Equal(success, EnvelopeAnswer.FindFault(status, type, body) is null);

    [Theory]
    [InlineData(200, "")]
    [InlineData(204, "")]
    [InlineData(200, "null")]
    public void An_answer_of_nothing_is_neither_and_fails_the_test(int status, string body) =>
        Assert.Throws<HangingInvocationException>(() => EnvelopeAnswer.FindFault(status, "application/json", body));

    [Theory]
    [InlineData("Health", """{"type":"httpTrigger","direction":"in","name":"r","methods":["get"],"route":"administrators"}""", "keeps routes")]
    [InlineData("Health", """{"type":"httpTrigger","direction":"in","name":"r","methods":["get"],"route":"x"}""", "not proxied", false)]
    [InlineData("Twin", """{"type":"httpTrigger","direction":"in","name":"r","methods":["GET"],"route":"health/live"}""", "share")]
    [InlineData("Two", """{"type":"timerTrigger","name":"a","schedule":"0 */5 * * * *"},{"type":"queueTrigger","name":"b","queueName":"q"}""", "2 triggers")]
    [InlineData("host", """{"type":"timerTrigger","name":"a","schedule":"0 */5 * * * *"}""", "cannot name")]
    [InlineData("9lives", """{"type":"timerTrigger","name":"a","schedule":"0 */5 * * * *"}""", "cannot name")]
    [InlineData("Five", """{"type":"timerTrigger","name":"a","schedule":"*/5 * * * *"}""", "schedule", false)]
    public void A_function_that_the_host_would_refuse_or_misread_is_refused(string name, string bindings, string reason, bool output = true)
    {
        using var folder = new TemporaryFolder();
        var response = output ? """,{"type":"http","direction":"out","name":"o"}""" : "";
        Write(folder, "HealthLive",
            """{"type":"httpTrigger","direction":"in","name":"r","methods":["get"],"route":"health/live"},{"type":"http","direction":"out","name":"o"}""");
        Write(folder, name, bindings + response);
        File.Copy(Path.Combine(app.Root, "host.json"), Path.Combine(folder.Path, "host.json"));
        File.WriteAllText(Path.Combine(folder.Path, "RemoteLog.Functions"), "");

        var refusal = Assert.Throws<IllegalAppException>(() => FunctionCatalog.Read(folder.Path));

        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"RemoteLog.Functions\"", "\"\"", "No executable")]
    [InlineData("\"RemoteLog.Functions\"", "\"Elsewhere\"", "not there")]
    [InlineData("\"enableProxyingHttpRequest\": true", "\"enableForwardingHttpRequest\": true", "not proxied")]
    [InlineData("\"enableProxyingHttpRequest\": true", "\"http\": { \"routes\": [] }", "exclude each other")]
    [InlineData("\"version\": \"2.0\"", "\"version\": \"1.0\"", "version")]
    public void A_host_file_that_would_not_work_is_refused(string what, string instead, string reason)
    {
        using var folder = new TemporaryFolder();
        var text = File.ReadAllText(Path.Combine(app.Root, "host.json")).Replace(what, instead, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder.Path, "host.json"), text);

        var refusal = Assert.Throws<IllegalAppException>(() => FunctionCatalog.Read(folder.Path));

        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    private static void Write(TemporaryFolder folder, string function, string bindings)
    {
        var path = Directory.CreateDirectory(Path.Combine(folder.Path, function));
        File.WriteAllText(Path.Combine(path.FullName, "function.json"), $$"""{"bindings":[{{bindings}}]}""");
    }
}
