using System.Text.Json;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;
using Google.Apis.Http;
using Google.Apis.Util;
using RemoteLog.Push.Http;

namespace RemoteLog.Push.Fcm;

/// <summary>The service account. Google's own client fetches its access tokens, shares one among all requests and renews it in time.</summary>
internal sealed class FcmCredential : IDisposable
{
    private readonly ServiceAccountCredential credential;
    private readonly TokenHttp http;
    private readonly SemaphoreSlim renewing = new(1);

    /// <exception cref="ArgumentException">Not the JSON of a service account.</exception>
    public FcmCredential(string json, TimeSpan connectTimeout, PushTransport transport, TimeProvider time)
    {
        http = new TokenHttp(transport, connectTimeout);
        try
        {
            using var account = JsonDocument.Parse(json);
            string Field(string name) => account.RootElement.GetProperty(name).GetString() is { Length: > 0 } value ? value : throw new KeyNotFoundException(name);
            Project = Field("project_id");
            credential = new ServiceAccountCredential(new ServiceAccountCredential.Initializer(Field("client_email"), Field("token_uri"))
            {
                ProjectId = Project,
                KeyId = Field("private_key_id"),
                Scopes = ["https://www.googleapis.com/auth/firebase.messaging"],
                UseJwtAccessWithScopes = false,
                HttpClientFactory = http,
                Clock = new Clock(time),
            }.FromPrivateKey(Field("private_key")));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException
            or System.Security.Cryptography.CryptographicException)
        {
            http.Dispose();

            // Not what was wrong with it: that might quote the key.
            throw new ArgumentException("Push:Fcm:Credentials is not the JSON of a service account with a private key.", nameof(json));
        }
    }

    public string Project { get; }

    /// <exception cref="TokenResponseException">Google does not know the account.</exception>
    public Task<string> GetTokenAsync(CancellationToken cancellationToken) => credential.GetAccessTokenForRequestAsync(cancellationToken: cancellationToken);

    /// <summary>Another token in place of one that was refused; once, however many requests saw it refused.</summary>
    public async Task<string> RenewAsync(string refused, CancellationToken cancellationToken)
    {
        await renewing.WaitAsync(cancellationToken);
        try
        {
            if (credential.Token?.AccessToken == refused) await credential.RequestAccessTokenAsync(cancellationToken);
            return await GetTokenAsync(cancellationToken);
        }
        finally
        {
            renewing.Release();
        }
    }

    public void Dispose() => http.Dispose();

    private sealed class Clock(TimeProvider time) : IClock
    {
        public DateTime Now => time.GetLocalNow().DateTime;

        public DateTime UtcNow => time.GetUtcNow().UtcDateTime;
    }

    /// <summary>Google's client, over our connections.</summary>
    private sealed class TokenHttp(PushTransport transport, TimeSpan connectTimeout) : HttpClientFactory, IDisposable
    {
        private readonly SocketsHttpHandler handler = Connections.Handler(transport, connectTimeout);

        public void Dispose() => handler.Dispose();

        protected override HttpMessageHandler CreateHandler(CreateHttpClientArgs args) => handler;
    }
}
