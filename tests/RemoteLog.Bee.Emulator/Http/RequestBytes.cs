namespace RemoteLog.Bee.Emulator.Http;

/// <summary>Reads a request's body.</summary>
internal static class RequestBytes
{
    /// <param name="max">The most it may hold in bytes; null: anything.</param>
    /// <exception cref="BeeAnswerException">It is longer than <paramref name="max"/>.</exception>
    public static async Task<byte[]> ReadAsync(HttpRequest request, int? max, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        var buffer = new byte[81920];
        while (await request.Body.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            body.Write(buffer, 0, read);
            if (body.Length > max) throw new BeeAnswerException(StatusCodes.Status413PayloadTooLarge);
        }
        return body.ToArray();
    }
}
