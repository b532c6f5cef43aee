// The service's settings: what docs/settings.md lists, under the names that environment variables have. A test holds them against what the service reads.
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

  @description('Seconds for which a request to storage is sent again while storage is busy or out of reach.')
  @minValue(0)
  @maxValue(100)
  Storage__PatienceSeconds: int?

  @description('Seconds that one call by a queue or timer may take.')
  @minValue(1)
  @maxValue(300)
  Triggers__Seconds: int?
  @description('Milliseconds between looks at the queues where the service runs by itself. Each look at a queue costs a storage operation.')
  @minValue(10)
  @maxValue(600000)
  Triggers__PollMilliseconds: int?
  @description('Jobs of one queue that are worked on at once where the service runs by itself. On Functions host.json says it.')
  @minValue(1)
  @maxValue(1000)
  Triggers__Concurrency: int?
  @description('Hints of one provider that are on their way at once where the service runs by itself.')
  @minValue(1)
  @maxValue(10000)
  Triggers__WakeConcurrency: int?

  @description('Where readers of sealed content are sent: nowhere, to a CDN before the one storage account, or to the account with a signed link.')
  Content__Redirect: ('None' | 'Cdn' | 'Signed')?
  @description('For Cdn: the https address whose origin is the blob endpoint of the account.')
  Content__CdnUrl: string?
  @description('For Signed: minutes for which a link is valid.')
  @minValue(1)
  @maxValue(60)
  Content__LinkMinutes: int?

  @description('Whom a push service can reach about our traffic: a mailto: or https: address. Some services refuse whoever does not say.')
  Push__Vapid__Subject: string?
  @description('Apple: the ten characters of the key.')
  Push__Apns__KeyId: string?
  @description('Apple: the team that the key is of.')
  Push__Apns__TeamId: string?
  @description('Apple: the bundle id of the app, where a device names no other.')
  Push__Apns__Topic: string?
  @description('Apple: where its devices are reached.')
  Push__Apns__Environment: ('Production' | 'Sandbox' | 'Both')?
  @description('The localised text of the app that a visible hint shows.')
  Push__Apns__AlertText: string?
  @description('Requests to Apple at once.')
  @minValue(1)
  @maxValue(1000)
  Push__Apns__InFlight: int?
  @description('Minutes after which Apple is tried again when it failed itself.')
  @minValue(1)
  @maxValue(60)
  Push__Apns__RetryMinutes: int?
  @description('Messages a second to Google, whose quota is for the project.')
  @minValue(1)
  @maxValue(10000)
  Push__Fcm__PerSecond: int?
  @description('Seconds after a pause until that rate is full.')
  @minValue(1)
  @maxValue(3600)
  Push__Fcm__RampUpSeconds: int?

  @description('Which endpoints devices may register: of the known browsers, any public one, or those that are listed.')
  Push__Endpoints__Mode: ('Browsers' | 'Public' | 'Listed')?
  @description('For Listed: hosts, and ranges of otherwise forbidden addresses, with spaces or commas between.')
  Push__Endpoints__Hosts: string?
  @description('Seconds for a connection to a push service.')
  @minValue(1)
  @maxValue(60)
  Push__Http__ConnectSeconds: int?
  @description('Seconds for its answer.')
  @minValue(1)
  @maxValue(120)
  Push__Http__RequestSeconds: int?
  @description('Seconds for the answer of a webhook.')
  @minValue(1)
  @maxValue(120)
  Push__Http__WebhookSeconds: int?
  @description('Seconds after which a connection is opened anew.')
  @minValue(10)
  @maxValue(3600)
  Push__Http__ConnectionSeconds: int?
  @description('Requests at once to one host that devices named.')
  @minValue(1)
  @maxValue(1000)
  Push__Hosts__InFlight: int?
  @description('Requests a second to one host that devices named.')
  @minValue(1)
  @maxValue(100000)
  Push__Hosts__PerSecond: int?
  @description('Seconds after which a halved rate is the full one again.')
  @minValue(1)
  @maxValue(86400)
  Push__Hosts__RecoverySeconds: int?
  @description('Seconds to leave a host alone that says that it is too much and not for how long.')
  @minValue(1)
  @maxValue(3600)
  Push__Hosts__PauseSeconds: int?
  @description('Failures in a row after which a host counts as broken.')
  @minValue(1)
  @maxValue(10000)
  Push__Hosts__Failures: int?
  @description('Seconds between tries of a broken host.')
  @minValue(1)
  @maxValue(3600)
  Push__Hosts__ProbeSeconds: int?
  @description('Minutes over which registrations reported gone are counted.')
  @minValue(1)
  @maxValue(1440)
  Push__Hosts__WindowMinutes: int?
  @description('Of a hundred hints, how many may be reported gone before that is doubted.')
  @minValue(1)
  @maxValue(100)
  Push__Hosts__GonePercent: int?
  @description('Hints before such a share says anything.')
  @minValue(1)
  @maxValue(100000)
  Push__Hosts__GoneMinimum: int?
  @description('Hosts remembered at once.')
  @minValue(100)
  @maxValue(10000000)
  Push__Hosts__Remembered: int?

  @description('Seconds that appends to one log are gathered before its followers are looked at.')
  @minValue(1)
  @maxValue(60)
  Push__WindowSeconds: int?
  @description('Followers of one log that one job works off.')
  @minValue(1)
  @maxValue(1000)
  Push__ShardSize: int?
  @description('A device heard within so many seconds is not woken.')
  @minValue(0)
  @maxValue(600)
  Push__RecentSeconds: int?
  @description('Days for which a service may keep a hint.')
  @minValue(1)
  @maxValue(28)
  Push__TimeToLiveDays: int?
  @description('Days of silence after which a device is forgotten.')
  @minValue(1)
  @maxValue(3650)
  Push__SilentDays: int?
  @description('Days for which statements of a forgotten device cannot be played back.')
  @minValue(1)
  @maxValue(3650)
  Push__TombstoneDays: int?
  @description('Logs that one device may follow.')
  @minValue(1)
  @maxValue(500)
  Push__Follows: int?
  @description('Devices that may follow one log.')
  @minValue(1)
  @maxValue(100000000)
  Push__Followers: int?
  @description('Registrations in an hour of one device, and of one endpoint.')
  @minValue(1)
  @maxValue(10000)
  Push__RegistrationsPerHour: int?
  @description('Registrations in an hour of all devices together, in each process.')
  @minValue(1)
  @maxValue(10000000)
  Push__AllRegistrationsPerHour: int?

  // How often one device gets hints, by channel: the service's README explains the defaults.
  Push__Pace__WebPush__DebounceSeconds: debounce?
  Push__Pace__WebPush__GapSeconds: gap?
  Push__Pace__WebPush__Burst: burst?
  Push__Pace__WebPush__PerDay: daily?
  Push__Pace__UnifiedPush__DebounceSeconds: debounce?
  Push__Pace__UnifiedPush__GapSeconds: gap?
  Push__Pace__UnifiedPush__Burst: burst?
  Push__Pace__UnifiedPush__PerDay: daily?
  Push__Pace__Apns__DebounceSeconds: debounce?
  Push__Pace__Apns__GapSeconds: gap?
  Push__Pace__Apns__Burst: burst?
  Push__Pace__Apns__PerDay: daily?
  Push__Pace__ApnsAlert__DebounceSeconds: debounce?
  Push__Pace__ApnsAlert__GapSeconds: gap?
  Push__Pace__ApnsAlert__Burst: burst?
  Push__Pace__ApnsAlert__PerDay: daily?
  Push__Pace__Fcm__DebounceSeconds: debounce?
  Push__Pace__Fcm__GapSeconds: gap?
  Push__Pace__Fcm__Burst: burst?
  Push__Pace__Fcm__PerDay: daily?
  Push__Pace__FcmHigh__DebounceSeconds: debounce?
  Push__Pace__FcmHigh__GapSeconds: gap?
  Push__Pace__FcmHigh__Burst: burst?
  Push__Pace__FcmHigh__PerDay: daily?
  Push__Pace__Webhook__DebounceSeconds: debounce?
  Push__Pace__Webhook__GapSeconds: gap?
  Push__Pace__Webhook__Burst: burst?
  Push__Pace__Webhook__PerDay: daily?

  @description('Addresses of Bee nodes, with spaces or commas between. Their API asks nobody who they are, so they must be reachable in private only. Empty: no Swarm.')
  Swarm__Nodes: string?
  @description('Ids of postage batches, with spaces or commas between, in the order in which to use them.')
  Swarm__Batches: string?
  @description('What Swarm is to the accounts: written first, copied to afterwards, or the only place.')
  Swarm__Role: ('None' | 'Primary' | 'Secondary' | 'Only')?
  @description('Whether nodes also keep copies of their own for good.')
  Swarm__Pin: bool?

  @description('How much the service itself writes to its log.')
  Logging__LogLevel__RemoteLog: ('Trace' | 'Debug' | 'Information' | 'Warning' | 'Error' | 'Critical' | 'None')?
  @description('How the collector is spoken to.')
  OTEL_EXPORTER_OTLP_PROTOCOL: ('grpc' | 'http/protobuf')?
  @description('Which traces are kept, such as parentbased_traceidratio. docs/telemetry.md has the other variables of OpenTelemetry.')
  OTEL_TRACES_SAMPLER: string?
  @description('And how many of them, such as 0.01.')
  OTEL_TRACES_SAMPLER_ARG: string?
}

@description('Seconds for which news are gathered before a device is woken.')
@minValue(0)
@maxValue(3600)
type debounce = int

@description('Seconds between two hints to a device, on average.')
@minValue(1)
@maxValue(21600)
type gap = int

@description('Hints that may follow each other sooner, after a pause.')
@minValue(1)
@maxValue(1000)
type burst = int

@description('Hints to a device in a day. 0: as many as the gap allows.')
@minValue(0)
@maxValue(100000)
type daily = int

@export()
@description('Secrets, by their names in the vault, and the settings they become. infra/secrets.sh makes those that nobody else gives out.')
var secretSettings = {
  'receipts-key': 'Receipts__Key' // PEM of the P-256 key that signs receipts
  'operator-key': 'Operator__Key' // by which operators are known
  'devices-key': 'Devices__Key' // 32 bytes in base64 that seal where devices' hints go
  'devices-previous-key': 'Devices__PreviousKey' // the one before, while keys change
  'vapid-key': 'Push__Vapid__Key' // PEM of the P-256 key that browsers' subscriptions are bound to
  'vapid-previous-key': 'Push__Vapid__PreviousKey' // the one before, while browsers change over
  'apns-key': 'Push__Apns__Key' // the .p8 that Apple gave
  'fcm-credentials': 'Push__Fcm__Credentials' // the JSON of the service account, as Google gave it
  'mirror-key': 'Mirror__Key' // PEM of the secp256k1 key that owns the feeds of mirrored logs
  'collector-headers': 'OTEL_EXPORTER_OTLP_HEADERS' // what the collector wants, such as its token
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
