namespace RemoteLog.Storage.Embedded;

/// <summary>Something to be written, and whoever waits for it. Applying it is not yet success: that is known once the transaction is committed.</summary>
internal abstract class Change
{
    public abstract void Apply(Session session);

    public abstract void Complete();

    public abstract void Fail(Exception exception);
}

/// <inheritdoc/>
internal sealed class Change<T>(Func<Session, T> apply) : Change
{
    // Callers go on in their own threads: the writer has the next group to commit.
    private readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T result = default!;

    public Task<T> Completion => completion.Task;

    public override void Apply(Session session) => result = apply(session);

    public override void Complete() => completion.SetResult(result);

    public override void Fail(Exception exception) => completion.SetException(exception);
}
