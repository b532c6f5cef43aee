// The service's settings: what the README lists, under the names that environment variables have. A test holds them against what the service reads.
// A new option is one entry in serviceOptions, a new secret one line in secretSettings.

@export()
@sealed()
@description('Options of the service. What is left out keeps the default of the service itself.')
type serviceOptions = {
  @description('Entries after which a page is sealed. 1: the linked list of the specification.')
  @minValue(1)
  @maxValue(100000)
  Pages__Entries: int?
  @description('Bytes after which a page is sealed.')
  @minValue(1)
  @maxValue(67108864)
  Pages__Bytes: int?
  @description('Data up to this length is embedded in pages. 0: nothing is.')
  @minValue(0)
  @maxValue(4194304)
  Pages__EmbedBytes: int?

  @description('Bytes of one entry.')
  @minValue(1)
  @maxValue(16777216)
  Limits__EntryBytes: int?
  @description('Bytes of one segment.')
  @minValue(1)
  @maxValue(67108864)
  Limits__SegmentBytes: int?
  @description('Entries of one segment.')
  @minValue(1)
  @maxValue(100000)
  Limits__SegmentEntries: int?
  @description('Bytes of one upload.')
  @minValue(1)
  Limits__UploadBytes: int?
  @description('Forks kept as evidence for one log.')
  @minValue(0)
  @maxValue(10000)
  Limits__Forks: int?
  @description('Logs whose keys and heads are kept in memory.')
  @minValue(1)
  @maxValue(10000000)
  Limits__OpenLogs: int?

  @description('The longest wait for a head to change, in seconds.')
  @minValue(1)
  @maxValue(200)
  Wait__Seconds: int?
  @description('Requests that may wait at once in one instance. On Functions, keep it below httpConcurrency.')
  @minValue(0)
  @maxValue(1000000)
  Wait__Slots: int?
  @description('Seconds between looks at a head for changes by another instance.')
  @minValue(1)
  @maxValue(200)
  Wait__PollSeconds: int?

  @description('Minutes between sweeps where the service runs by itself. On Functions the timer has its own schedule.')
  @minValue(1)
  @maxValue(1440)
  Sweep__Minutes: int?
  @description('Hours that an upload is kept before an entry must have named it.')
  @minValue(1)
  @maxValue(8760)
  Sweep__UploadHours: int?

  @description('Seconds that one call by a queue or timer may take.')
  @minValue(1)
  @maxValue(300)
  Triggers__Seconds: int?
  @description('Milliseconds between looks at the queues where the service runs by itself. Each look at a queue costs a storage operation.')
  @minValue(10)
  @maxValue(600000)
  Triggers__PollMilliseconds: int?

  @description('Addresses of Bee nodes, with spaces or commas between. Their API asks nobody who they are, so they must be reachable in private only. Empty: no Swarm.')
  Swarm__Nodes: string?
  @description('Ids of postage batches, with spaces or commas between, in the order in which to use them.')
  Swarm__Batches: string?
  @description('What Swarm is to the accounts: written first, copied to afterwards, or the only place.')
  Swarm__Role: ('None' | 'Primary' | 'Secondary' | 'Only')?
  @description('Whether nodes also keep copies of their own for good.')
  Swarm__Pin: bool?
}

@export()
@description('Secrets, by their names in the vault, and the settings they become.')
var secretSettings = {
  'receipts-key': 'Receipts__Key' // PEM of the P-256 key that signs receipts
  'operator-key': 'Operator__Key' // by which operators are known
}

@export()
@description('A secret of the vault as a setting.')
type secretReference = {
  @description('Name in the vault.')
  name: string
  @description('Setting that takes its value.')
  setting: string
  @description('Address in the vault, without a version: a new version is taken up within a day, or at once when asked.')
  uri: string
}

@export()
@description('What the service must be told about where it runs.')
func wiring(accounts string[], suffix string, clientId string, collector string) object => union(
  {
    Storage__Accounts: join(accounts, ',')
    Storage__EndpointSuffix: suffix
    Storage__ClientId: clientId
  },
  empty(collector) ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: collector }
)

@export()
@description('Options as environment variables.')
func variables(options serviceOptions) object =>
  toObject(filter(items(options), option => option.value != null), option => option.key, option => string(option.value))

@export()
@description('References to those secrets that this deployment has.')
func references(vaultUri string, names string[]) secretReference[] =>
  map(names, name => { name: name, setting: secretSettings[name], uri: '${vaultUri}secrets/${name}' })
