using System.Collections.Frozen;
using System.Text.Json;
using RemoteLog.Functions.Operations;
using RemoteLog.Server;
using RemoteLog.Server.Append;

namespace RemoteLog.Functions.Http;

/// <summary>One way in which a request can fail: a stable type (RFC 9457), its status, and what it means.</summary>
public sealed record Problem(string Name, int Status, string Title)
{
    /// <summary>To end a detail with, where a message is not as it should be.</summary>
    public const string Described = $"{OpenApiRoute.Pattern} describes it.";

    private const string MediaType = "application/problem+json";

    public static readonly Problem MalformedBody = new(Refusal.MalformedBody, 400, "The body is not the message that belongs here.");
    public static readonly Problem UnknownOwner = new(Refusal.UnknownOwner, 400, "The owner is not the multibase part of a did:key for P-256 (zDn...) or secp256k1 (zQ3s...).");
    public static readonly Problem UnknownTopic = new(Refusal.UnknownTopic, 400, "A topic is 1 to 64 characters of A-Z a-z 0-9 . _ -, neither . nor ..");
    public static readonly Problem InvalidParameter = new("invalid-parameter", 400, "A query parameter has no such value.");
    public static readonly Problem InvalidAddress = new(Refusal.InvalidAddress, 400, "The content address is not a CIDv1 that this service knows.");
    public static readonly Problem FirstIsZero = new(Refusal.FirstIsZero, 400, "Entries are numbered from 1.");
    public static readonly Problem EmptySegment = new(Refusal.EmptySegment, 400, "A segment holds at least one entry.");
    public static readonly Problem WrongLog = new("wrong-log", 400, "The segment is for another log than the route.");
    public static readonly Problem InvalidDevice = new("invalid-device", 400, "A device is named by the multibase part of its did:key for P-256 (zDn...) or secp256k1 (zQ3s...).");
    public static readonly Problem WrongDevice = new("wrong-device", 400, "The statement is by another device than the route.");
    public static readonly Problem BadRequest = new("bad-request", 400, "The request is not valid HTTP.");
    public static readonly Problem WrongOperatorKey = new("wrong-operator-key", 401, "This is for operators, who send the key of the service: Authorization: Bearer KEY.");
    public static readonly Problem UnsignedRequest = new("unsigned-request", 401, "Only the device itself is told: Authorization: RemoteLog and its signed statement in base64url.");
    public static readonly Problem BadSignature = new(Refusal.BadSignature, 403, "The signature is not the owner's over the checkpoint that these entries lead to.");
    public static readonly Problem BadDeviceSignature = new("bad-device-signature", 403, "The signature is not the device's over what the statement says.");
    public static readonly Problem WrongToken = new("wrong-token", 403, "The token is not that of the newest registration: it comes with the hint that follows it.");
    public static readonly Problem OperatorKeyNotSet = new("operator-key-not-set", 403, "This is for operators, and the service was given no key to know them by: set Operator:Key.");
    public static readonly Problem UnknownLog = new("unknown-log", 404, "Nothing was ever written to this log.");
    public static readonly Problem UnknownDevice = new("unknown-device", 404, "The device is not registered, or not any more: register it first.");
    public static readonly Problem UnknownContent = new(Refusal.UnknownContent, 404, "No content is stored under this address.");
    public static readonly Problem NotQuarantined = new("not-quarantined", 404, "There is no such item in quarantine.");
    public static readonly Problem NotFound = new("not-found", 404, "There is nothing at this path.");
    public static readonly Problem MethodNotAllowed = new("method-not-allowed", 405, "This path does not take that method.");
    public static readonly Problem NotAcceptable = new("not-acceptable", 406, "This comes as application/x-protobuf or application/json only.");
    public static readonly Problem RequestTimeout = new("request-timeout", 408, "The body came too slowly.");
    public static readonly Problem Gap = new(Refusal.Gap, 409, "The segment starts past the head: send what comes before it first.");
    public static readonly Problem Forked = new(Refusal.Fork, 409, "The owner signed another history of this log before. It was kept, this one was not.");
    public static readonly Problem StaleNumber = new("stale-number", 409, "The device made a statement with this number or a higher one before: sign it again with the next.");
    public static readonly Problem BodyTooLarge = new(Refusal.BodyTooLarge, 413, "The body is over the limit.");
    public static readonly Problem EntryTooLarge = new(Refusal.EntryTooLarge, 413, "An entry is over the limit: upload its data first and name it by its address.");
    public static readonly Problem SegmentTooLarge = new(Refusal.SegmentTooLarge, 413, "The segment is over the limit: send it in parts.");
    public static readonly Problem UnsupportedContentType = new("unsupported-content-type", 415, "The body must be application/x-protobuf or application/json.");
    public static readonly Problem RangeNotSatisfiable = new("range-not-satisfiable", 416, "The content has no such range.");
    public static readonly Problem MissingContent = new(Refusal.UnknownContent, 422, "It names content that is not stored: upload that first.");
    public static readonly Problem WrongAddress = new("wrong-address", 422, "The content does not hash to its address.");
    public static readonly Problem ChannelNotOffered = new("channel-not-offered", 422, "This service does not wake devices that way: /api/v1/push tells how it does.");
    public static readonly Problem InvalidTarget = new("invalid-target", 422, "Hints cannot be sent there.");
    public static readonly Problem TooManyFollows = new("too-many-follows", 422, "The device follows as many logs as it may: unfollow one first.");
    public static readonly Problem TooManyFollowers = new("too-many-followers", 422, "As many devices follow this log as may: ask for its head now and then instead.");
    public static readonly Problem TooManyRegistrations = new("too-many-registrations", 429, "There were too many registrations lately: come again later.");
    public static readonly Problem Internal = new(Refusal.Internal, 500, "The service failed. The request may be sent again.");
    public static readonly Problem Busy = new(Refusal.Busy, 503, "Others are changing the same thing: send the request again.");
    public static readonly Problem StorageUnavailable = new("storage-unavailable", 503, "Storage does not answer: send the request again.");

    private static readonly FrozenDictionary<string, Problem> Refusals = new[]
    {
        MalformedBody, UnknownOwner, UnknownTopic, InvalidAddress, FirstIsZero, EmptySegment, BadSignature, Gap, Forked, BodyTooLarge, EntryTooLarge,
        SegmentTooLarge, MissingContent, Busy,
    }.ToFrozenDictionary(problem => problem.Name);

    /// <summary>What <c>type</c> says.</summary>
    public string Type => $"urn:remotelog:problem:{Name}";

    /// <summary>The problem that a refused segment is.</summary>
    /// <param name="refusal">One of <see cref="Refusal"/>'s names.</param>
    public static Problem Of(string refusal) => Refusals[refusal];

    /// <summary>Answers with this problem.</summary>
    /// <param name="detail">What is wrong with this very request; null when the title says it all.</param>
    /// <param name="extend">Writes further members.</param>
    public async Task WriteAsync(HttpResponse response, string? detail = null, Action<Utf8JsonWriter>? extend = null)
    {
        response.HttpContext.RequestServices.GetRequiredService<LogMetrics>().Refused(Name);
        response.StatusCode = Status;
        response.Headers.CacheControl = "no-store";
        if (Status == StatusCodes.Status503ServiceUnavailable && response.Headers.RetryAfter.Count == 0) response.Headers.RetryAfter = "1";
        if (HttpMethods.IsHead(response.HttpContext.Request.Method))
        {
            response.ContentType = MediaType;
            return;
        }

        await response.WriteJsonAsync(
            json =>
            {
                json.WriteString("type", Type);
                json.WriteString("title", Title);
                json.WriteNumber("status", Status);
                if (detail is not null) json.WriteString("detail", detail);
                extend?.Invoke(json);
            },
            MediaType);
    }
}
