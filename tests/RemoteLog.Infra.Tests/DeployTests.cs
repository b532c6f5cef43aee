namespace RemoteLog.Infra.Tests;

public sealed class DeployTests
{
    private const string Script = "infra/deploy.sh", Create = "az deployment sub create --location westeurope --template-file bicep/main.bicep --parameters bicep/main.bicepparam";

    private const string CreateBase = $"{Create} --name remotelog-prod.base --parameters withService=false", CreateService = $"{Create} --name remotelog-prod --output none";

    private const string NoAccess = "Invalid value: \"vapid-key\": Unable to get value using Managed identity id for secret vapid-key. Error: unable to fetch secret 'vapid-key' using Managed identity 'id'";

    [Fact]
    public async Task It_deploys_what_the_service_needs_then_secrets_then_the_service_then_code_and_tries_the_result()
    {
        using var azure = new StandIns().AnswerWell();

        var outcome = await azure.RunAsync(Script, "-e", "prod", "--yes");

        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Steps(azure.Calls,
            "az account show", "az functionapp list-flexconsumption-locations", "dotnet msbuild infra/package.proj -nologo -t:Make", "dotnet msbuild infra/package.proj -nologo -t:Check",
            "az deployment sub what-if", CreateBase, "az deployment sub show --name remotelog-prod.base", "az keyvault secret list --vault-name kv-abc", CreateService,
            "az deployment sub show --name remotelog-prod --query",
            "az functionapp deployment source config-zip --resource-group rg-prod --name func-abc --src artifacts/remotelog.zip",
            "curl", "dotnet run --configuration Release --project src/RemoteLog.Cli -- doctor https://func-abc.example", "az resource list");
        Assert.Contains("https://func-abc.example", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("While idle it costs", outcome.Error, StringComparison.Ordinal);
        Assert.Empty(azure.Left());
    }

    [Theory]
    [InlineData]
    [InlineData("--image", "example/remotelog:1")]
    [InlineData("--infrastructure-only")]
    public async Task On_the_first_deployment_each_secret_is_in_the_vault_before_the_service_that_refers_to_it_is_deployed(params string[] arguments)
    {
        using var azure = new StandIns().Answer("az keyvault secret list*", "\\n").AnswerWell();

        var outcome = await azure.RunAsync(Script, ["-e", "prod", "--yes", .. arguments]);

        Assert.True(outcome.ExitCode == 0, outcome.Error);
        var calls = azure.Calls.ToList();
        var (vault, service) = (calls.FindIndex(call => call.StartsWith(CreateBase, StringComparison.Ordinal)), calls.FindIndex(call => call == CreateService));
        Assert.Equal(2, calls.Count(call => call.StartsWith("az deployment sub create", StringComparison.Ordinal)));
        Assert.InRange(vault, 0, service);
        var made = calls[vault..service].Where(call => call.StartsWith("az keyvault secret set --vault-name kv-abc", StringComparison.Ordinal)).ToList();
        Assert.All(Bicep.ReferredSecrets(), secret => Assert.Contains(made, call => call.Contains($"--name {secret} ", StringComparison.Ordinal)));
        Assert.DoesNotContain(calls[service..], call => call.StartsWith("az keyvault secret set", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData]
    [InlineData("--image", "example/remotelog:1")]
    public async Task Run_again_it_makes_no_secret_and_deploys_the_same(params string[] arguments)
    {
        using var azure = new StandIns().AnswerWell();

        await azure.RunAsync(Script, ["-e", "prod", "--yes", .. arguments]);
        var first = AzureCalls();
        await azure.RunAsync(Script, ["-e", "prod", "--yes", .. arguments]);

        Assert.Equal(first, AzureCalls().Skip(first.Count));
        Assert.Contains(CreateService, first);
        Assert.DoesNotContain(first, call => call.StartsWith("az keyvault secret set", StringComparison.Ordinal));

        List<string> AzureCalls() => [.. azure.Calls.Where(call => call.StartsWith("az ", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task A_secret_that_others_give_out_and_nobody_put_in_is_named_before_the_service_is_deployed()
    {
        using var azure = new StandIns().Answer("az deployment sub show*AZURE_KEY_VAULT_SECRETS*", "receipts-key apns-key\\n").AnswerWell();

        await RefusesAsync(azure, 13, ["-e", "prod", "--yes"], "kv-abc lacks apns-key", "az keyvault secret set --vault-name kv-abc --name apns-key --file FILE");

        Assert.DoesNotContain(CreateService, azure.Calls);
    }

    [Theory]
    [InlineData(NoAccess)]
    [InlineData("Invalid value: \"x.azurecr.io/remotelog:1\": unable to pull image using Managed identity id for registry x.azurecr.io")]
    public async Task A_role_that_does_not_work_yet_is_waited_for(string error)
    {
        using var azure = new StandIns().Answer($"{CreateService}*", exitCode: 1, error: error, once: true).AnswerWell();

        var outcome = await azure.RunAsync(Script, "-e", "prod", "--yes", "--image", "x.azurecr.io/remotelog:1");

        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Steps(azure.Calls, CreateService, "sleep 30", CreateService);
        Assert.Contains("roles take minutes to work", outcome.Error, StringComparison.Ordinal);
        Assert.Empty(azure.Left());
    }

    [Fact]
    public async Task A_role_that_never_works_is_named()
    {
        using var azure = new StandIns().Answer($"{CreateService}*", exitCode: 1, error: NoAccess).AnswerWell();

        await RefusesAsync(azure, 8, ["-e", "prod", "--yes", "--image", "example/remotelog:1"], "modules/access.bicep");

        Assert.Equal(20, azure.Calls.Count(call => call == CreateService));
    }

    [Fact]
    public async Task What_the_service_needs_can_be_made_alone()
    {
        using var azure = new StandIns().Answer("az keyvault secret list*", "\\n").AnswerWell();

        var outcome = await azure.RunAsync(Script, "-e", "prod", "--prepare");

        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Steps(azure.Calls, CreateBase, "az keyvault secret set");
        Assert.DoesNotContain(CreateService, azure.Calls);
        Assert.DoesNotContain(azure.Calls, call => call.StartsWith("dotnet", StringComparison.Ordinal) || call.StartsWith("curl", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dry_run_prints_every_command_and_calls_nothing()
    {
        using var azure = new StandIns();
        using var real = new StandIns().AnswerWell();

        var outcome = await azure.RunAsync(Script, "-e", "prod", "--dry-run");
        await real.RunAsync(Script, "-e", "prod", "--yes");

        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Empty(azure.Calls);
        var printed = outcome.Output.Split('\n').Select(Start).ToHashSet();
        Assert.All(real.Calls.Select(Start).Where(call => call is not "az account show"), call => Assert.Contains(call, printed));

        static string Start(string command) => string.Join(' ', command.Split(' ').TakeWhile(word => !word.StartsWith("--", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_dry_run_needs_no_Azure_at_all()
    {
        using var azure = new StandIns(without: "az");

        Assert.Equal(0, (await azure.RunAsync(Script, "--dry-run")).ExitCode);
        Assert.Equal(0, (await azure.RunAsync("infra/destroy.sh", "--dry-run")).ExitCode);
    }

    [Fact]
    public async Task A_deployment_that_stopped_half_way_goes_on_when_it_is_run_again()
    {
        using var azure = new StandIns()
            .Answer("az functionapp deployment source*", exitCode: 1, error: "ERROR: timeout", once: true)
            .Answer("az keyvault secret list*", "\\n", once: true).AnswerWell();

        var first = await azure.RunAsync(Script, "-e", "prod", "--yes");
        var calls = azure.Calls.Count;
        var second = await azure.RunAsync(Script, "-e", "prod", "--yes");

        Assert.Equal(1, first.ExitCode);
        Assert.Contains("goes on from there", first.Error, StringComparison.Ordinal);
        Assert.Equal(0, second.ExitCode);
        Assert.Contains(azure.Calls.Take(calls), call => call.StartsWith("az keyvault secret set", StringComparison.Ordinal));
        Assert.DoesNotContain(azure.Calls.Skip(calls), call => call.StartsWith("az keyvault secret set", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_the_Azure_CLI_it_says_where_to_get_it()
    {
        using var azure = new StandIns(without: "az");

        await RefusesAsync(azure, 3, "az is not installed", "install-azure-cli");
    }

    [Fact]
    public async Task Without_the_SDK_it_says_where_to_get_it()
    {
        using var azure = new StandIns(without: "dotnet").AnswerWell();

        await RefusesAsync(azure, 3, "dotnet is not installed");
    }

    [Fact]
    public async Task When_nobody_is_logged_in_it_says_how()
    {
        using var azure = new StandIns().Answer("az account show*", exitCode: 1, error: "Please run 'az login'");

        await RefusesAsync(azure, 4, "nobody is logged in", "Run: az login");
    }

    [Fact]
    public async Task A_region_without_the_plan_is_refused_with_those_that_have_it()
    {
        using var azure = new StandIns().AnswerWell();

        await RefusesAsync(azure, 5, ["-l", "moonwest"], "'moonwest' offers no Flex Consumption plan", "westeurope northeurope");
    }

    [Fact]
    public async Task A_region_may_be_written_as_people_do()
    {
        using var azure = new StandIns().AnswerWell();

        var outcome = await azure.RunAsync(Script, "--yes", "-l", "North Europe");

        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains(azure.Calls, call => call.StartsWith("az deployment sub create --location northeurope", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{\"code\": \"StorageAccountAlreadyTaken\"}", 6, "a name is taken")]
    [InlineData("ERROR: VaultAlreadyExists: The vault name is already in use", 6, "a name is taken")]
    [InlineData("A vault with the same name already exist in deleted state", 6, "az keyvault recover")]
    [InlineData("ERROR: Operation results in exceeding approved Total Regional Cores quota", 7, "used up its quota")]
    [InlineData("SubscriptionIsOverQuotaForSku", 7, "used up its quota")]
    [InlineData("LocationNotAvailableForResourceType", 5, "does not offer all")]
    [InlineData("does not have authorization to perform action 'Microsoft.Authorization/roleAssignments/write'", 8, "Contributor is not enough")]
    [InlineData("DeploymentActive: The deployment with resource id is not finished", 12, "still running")]
    [InlineData("BadGateway", 1, "Azure refused")]
    public async Task What_Azure_refuses_is_put_into_words_with_a_code_of_its_own(string error, int code, string words)
    {
        using var azure = new StandIns().Answer("az deployment sub create*", exitCode: 1, error: error).AnswerWell();

        var outcome = await RefusesAsync(azure, code, words, error);

        Assert.DoesNotContain(azure.Calls, call => call.StartsWith("az functionapp deployment", StringComparison.Ordinal));
        Assert.NotEmpty(outcome.Error);
    }

    [Fact]
    public async Task A_package_that_is_wrong_is_noticed_before_anything_is_deployed()
    {
        using var azure = new StandIns().Answer("dotnet msbuild*-t:Check*", exitCode: 1).AnswerWell();

        await RefusesAsync(azure, 9, "not what the Functions host can start");

        Assert.DoesNotContain(azure.Calls, call => call.StartsWith("az deployment", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_package_that_is_not_there_is_noticed()
    {
        using var azure = new StandIns().AnswerWell();

        await RefusesAsync(azure, 9, ["--package", "nowhere.zip"], "no package at nowhere.zip");
    }

    [Fact]
    public async Task It_waits_for_an_app_that_is_slow_to_start()
    {
        using var azure = new StandIns().Answer("curl*", "503", once: true).Answer("curl*", exitCode: 28, once: true).AnswerWell();

        var outcome = await azure.RunAsync(Script, "--yes");

        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal(3, azure.Calls.Count(call => call.StartsWith("curl", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Of_an_app_that_never_becomes_ready_it_shows_the_lines_that_matter()
    {
        using var azure = new StandIns().Answer("curl*", "503")
            .Answer("az rest --method post --resource https://api.applicationinsights.io*", "12:00:01 RemoteLog cannot start: Receipts:Key is not set.\\n").AnswerWell();

        await RefusesAsync(azure, 10, "The last answer was: 503", "RemoteLog cannot start: Receipts:Key is not set.", "infra/README.md#not-ready");

        Assert.Equal(60, azure.Calls.Count(call => call == "sleep 5"));
        Assert.DoesNotContain(azure.Calls, call => call.Contains("doctor", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_query_for_those_lines_is_JSON_that_the_service_can_read()
    {
        using var azure = new StandIns().Answer("curl*", "503").AnswerWell();

        await azure.RunAsync(Script, "--yes");

        var call = azure.Calls.Single(call => call.StartsWith("az rest --method post --resource", StringComparison.Ordinal));
        var body = call[call.IndexOf('{', StringComparison.Ordinal)..call.LastIndexOf("--query", StringComparison.Ordinal)];
        var query = System.Text.Json.JsonDocument.Parse(body).RootElement.GetProperty("query").GetString();
        Assert.StartsWith("union (traces", query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_doctor_finds_makes_the_deployment_fail()
    {
        using var azure = new StandIns().Answer("dotnet run*doctor*", exitCode: 1).AnswerWell();

        await RefusesAsync(azure, 11, "the doctor found a fault");
    }

    [Fact]
    public async Task Code_alone_needs_no_right_to_assign_roles()
    {
        using var azure = new StandIns().AnswerWell();

        var outcome = await azure.RunAsync(Script, "-e", "prod", "--code-only");

        Assert.Equal(0, outcome.ExitCode);
        Assert.DoesNotContain(azure.Calls, call => call.StartsWith("az deployment sub create", StringComparison.Ordinal) || call.Contains("what-if", StringComparison.Ordinal));
        Assert.Contains(azure.Calls, call => call.StartsWith("az functionapp deployment source config-zip", StringComparison.Ordinal));
    }

    [Fact]
    public async Task As_a_hook_of_azd_it_goes_by_what_azd_has_made()
    {
        using var azure = new StandIns().Answer("az keyvault secret list*", "receipts-key\\ndevices-key\\nvapid-key\\nmirror-key\\n").Answer("curl*", "200");
        Dictionary<string, string?> outputs = new()
        {
            ["AZURE_ENV_NAME"] = "azd-made",
            ["AZURE_RESOURCE_GROUP"] = "rg-azd",
            ["AZURE_KEY_VAULT_NAME"] = "kv-azd",
            ["SERVICE_API_NAME"] = "func-azd",
            ["SERVICE_API_ID"] = "/subscriptions/s/sites/func-azd",
            ["SERVICE_API_URI"] = "https://azd.example",
        };

        var outcome = await azure.RunAsync(Script, outputs, "--code-only");

        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.DoesNotContain(azure.Calls, call => call.StartsWith("az deployment", StringComparison.Ordinal));
        Assert.Contains(azure.Calls, call => call.StartsWith("az keyvault secret set --vault-name kv-azd --name operator-key", StringComparison.Ordinal));
        Assert.Contains("az functionapp deployment source config-zip --resource-group rg-azd --name func-azd --src artifacts/remotelog.zip --output none", azure.Calls);
        Assert.Contains(azure.Calls, call => call.EndsWith("doctor https://azd.example", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_container_image_takes_the_place_of_the_package()
    {
        using var azure = new StandIns().AnswerWell();

        var outcome = await azure.RunAsync(Script, "--yes", "--image", "example.azurecr.io/remotelog:1", "-l", "moonwest");

        Assert.Equal(0, outcome.ExitCode);
        Assert.DoesNotContain(azure.Calls, call => call.Contains("msbuild", StringComparison.Ordinal) || call.Contains("functionapp", StringComparison.Ordinal));
        Assert.Contains(azure.Calls, call => call.StartsWith("az deployment sub create", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_yes_nothing_is_deployed()
    {
        using var azure = new StandIns().AnswerWell();

        await RefusesAsync(azure, 1, Array.Empty<string>(), "nothing was deployed");

        Assert.Contains(azure.Calls, call => call.StartsWith("az deployment sub what-if", StringComparison.Ordinal));
        Assert.DoesNotContain(azure.Calls, call => call.StartsWith("az deployment sub create", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--nonsense")]
    [InlineData("--location")]
    [InlineData("-e", "Not A Name")]
    [InlineData("--code-only", "--infrastructure-only")]
    [InlineData("--code-only", "--prepare")]
    public async Task A_wrong_call_is_told_from_other_failures(params string[] arguments)
    {
        using var azure = new StandIns();

        Assert.Equal(2, (await azure.RunAsync(Script, arguments)).ExitCode);
        Assert.Empty(azure.Calls);
    }

    [Theory]
    [InlineData("infra/deploy.sh")]
    [InlineData("infra/destroy.sh")]
    [InlineData("infra/secrets.sh")]
    [InlineData("infra/local/start.sh")]
    public async Task Help_names_every_option(string script)
    {
        using var azure = new StandIns();

        var help = (await azure.RunAsync(script, "--help")).Output;

        var options = System.Text.RegularExpressions.Regex.Matches(Repository.Read(script), @"^ +(?:-\w \| )?(--[a-z-]+)\)", System.Text.RegularExpressions.RegexOptions.Multiline);
        Assert.NotEmpty(options);
        Assert.All(options, option => Assert.Contains(option.Groups[1].Value, help, StringComparison.Ordinal));
    }

    private static Task<Outcome> RefusesAsync(StandIns azure, int code, params string[] words) => RefusesAsync(azure, code, ["--yes"], words);

    private static async Task<Outcome> RefusesAsync(StandIns azure, int code, string[] arguments, params string[] words)
    {
        var outcome = await azure.RunAsync(Script, arguments);

        Assert.True(outcome.ExitCode == code, $"{outcome.ExitCode}: {outcome.Error}");
        Assert.All(words, word => Assert.Contains(word, outcome.Error, StringComparison.Ordinal));
        Assert.Empty(azure.Left());
        return outcome;
    }

    /// <summary>Calls that begin so, in this order; others may be between.</summary>
    private static void Steps(IReadOnlyList<string> calls, params string[] steps)
    {
        var at = 0;
        foreach (var step in steps)
        {
            while (at < calls.Count && !calls[at].StartsWith(step, StringComparison.Ordinal)) at++;
            Assert.True(at < calls.Count, $"'{step}' was not called in its turn:\n{string.Join('\n', calls)}");
        }
    }
}
