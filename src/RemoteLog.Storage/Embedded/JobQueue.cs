using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Embedded;

/// <summary>Jobs in the database. How often a job was delivered also names the delivery: a later one has another number.</summary>
internal sealed class JobQueue(Writer writer, TimeProvider time) : IJobQueue
{
    public async ValueTask EnqueueAsync(IReadOnlyList<NewJob> jobs, CancellationToken cancellationToken)
    {
        if (jobs.Count == 0) return;
        var now = time.GetUtcNow();
        await writer.RunAsync(
            session =>
            {
                foreach (var job in jobs)
                {
                    session.Execute(
                        "INSERT INTO jobs (queue, due, deliveries, body) VALUES (?1, ?2, 0, ?3)", job.Queue, (now + job.Delay).UtcTicks, job.Body.AsArray());
                }
                return jobs.Count;
            },
            cancellationToken);
    }

    public ValueTask<IReadOnlyList<Job>> ReceiveAsync(string queue, int max, TimeSpan lease, CancellationToken cancellationToken) =>
        writer.RunAsync<IReadOnlyList<Job>>(
            session =>
            {
                var now = time.GetUtcNow();
                using var row = session.Query(
                    """
                    UPDATE jobs SET due = ?4, deliveries = deliveries + 1
                    WHERE id IN (SELECT id FROM jobs WHERE queue = ?1 AND due <= ?2 ORDER BY due LIMIT ?3)
                    RETURNING id, deliveries, body
                    """,
                    queue, now.UtcTicks, max, (now + lease).UtcTicks);
                List<Job> jobs = [];
                while (row.Read()) jobs.Add(new Job(queue, row.GetString(0), row.GetString(1), row.Bytes(2), row.GetInt32(1)));
                return jobs;
            },
            cancellationToken);

    public async ValueTask CompleteAsync(Job job, CancellationToken cancellationToken) => await writer.RunAsync(
        session => session.Execute(
            "DELETE FROM jobs WHERE id = ?1 AND deliveries = ?2 AND queue = ?3", long.Parse(job.Id), long.Parse(job.Receipt), job.Queue),
        cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> FindBodyAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ReadOnlyMemory<byte>?>(message);

    public ValueTask CompleteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<long> CountAsync(string queue, CancellationToken cancellationToken) => writer.RunAsync(
        session => session.Number("SELECT count(*) FROM jobs WHERE queue = ?1", queue), cancellationToken);
}
