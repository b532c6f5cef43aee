using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using RemoteLog.Protocol;

namespace RemoteLog.Push.Apns;

/// <summary>
/// The provider token. Apple takes one for an hour and wants no new one within 20 minutes, by connection or by address, whichever reading holds. Instances
/// that come and go share nothing, so they agree on the time instead: a token is issued at the start of a slot of 40 minutes, the same for all of them, and kept
/// until its slot is over and it has been in use here for 20 minutes, whichever is later. An instance that starts so late in a slot that its token would be
/// near an hour old by then issues one of its own first. So none is used for more than 55 minutes after its issue, and none replaced within 20 of its first use.
/// </summary>
internal sealed class ApnsToken(SigningKey key, string keyId, string teamId, TimeProvider time)
{
    private static readonly TimeSpan Slot = TimeSpan.FromMinutes(40);
    private static readonly TimeSpan MinimumUse = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(35);

    private readonly Lock gate = new();
    private readonly string header = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"alg":"ES256","kid":"{{JsonEncodedText.Encode(keyId)}}"}"""));
    private string? current;
    private DateTimeOffset issued;
    private DateTimeOffset firstUsed;
    private DateTimeOffset keepUntil = DateTimeOffset.MinValue;

    /// <summary>The token to send with now.</summary>
    public string Get()
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            if (current is not null && (now < keepUntil || now - firstUsed < MinimumUse || SlotOf(now) <= issued)) return current;
            var slot = SlotOf(now);
            return Issue(now - slot > Late ? now : slot, now);
        }
    }

    /// <summary>Another token in place of one that Apple calls expired, which it is only by a clock that is wrong; the same when another request got there first.</summary>
    public string Renew(string expired)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            return current != expired || now < keepUntil ? current! : Issue(now, now);
        }
    }

    /// <summary>Apple has seen too many tokens: no new one for 20 minutes.</summary>
    public void Keep()
    {
        lock (gate) keepUntil = time.GetUtcNow() + MinimumUse;
    }

    private static DateTimeOffset SlotOf(DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % Slot.Ticks, TimeSpan.Zero);

    private string Issue(DateTimeOffset at, DateTimeOffset now)
    {
        (issued, firstUsed) = (at, now);
        var claims = $$"""{"iss":"{{JsonEncodedText.Encode(teamId)}}","iat":{{at.ToUnixTimeSeconds()}}}""";
        return current = Jwt.Sign(header, Encoding.UTF8.GetBytes(claims), key);
    }
}
