using RemoteLog.Bee.Emulator;

// A node for programs in other languages: says where it listens and which batch pays, and runs until its input ends.
var options = new BeeNodeOptions
{
    Mode = args.Contains("--lenient") ? BeeMode.Lenient : BeeMode.Strict,
    BlockTime = args.Contains("--fast-blocks") ? TimeSpan.FromMilliseconds(1) : new BeeNodeOptions().BlockTime,
};
await using var node = await BeeNode.StartAsync(options);
var batch = node.Buy();
Console.WriteLine($"Bee emulator listens on {node.Address} with batch {batch.Id}");
while (await Console.In.ReadLineAsync() is not null)
{
}
