// What the service keeps its data in, by name. Each storage account gets all of it, so that any of them can be the first; of queues and of the
// table `remotelogquarantine` only the first account's are used.

@export()
@description('Queues of jobs. Each gets a second one, NAME-poison, for messages that failed too often. Triggers listen to these very names.')
var queues = [
  'remotelog-hint'
  'remotelog-mirror'
  'remotelog-replicate'
  'remotelog-seal'
  'remotelog-segments'
  'remotelog-wake-apns'
  'remotelog-wake-fcm'
  'remotelog-wake-webhook'
  'remotelog-wake-webpush'
]

@export()
@description('The queue on which gateways put segments.')
var ingestQueue = 'remotelog-segments'

@export()
@description('Tables: heads and tails, uses of content, what is due for a look, what was refused, devices, and what they follow.')
var tables = [
  'remotelognames'
  'remoteloguses'
  'remotelogdue'
  'remotelogquarantine'
  'remotelogdevices'
  'remotelogfollows'
]

@export()
@description('Containers: sealed pages, content, bodies of jobs that no message holds.')
var containers = [
  'remotelog-pages'
  'remotelog-content'
  'remotelog-jobs'
]

@export()
@description('Prefixes of blobs whose age alone tells that nothing needs them any more. Never pages or content: only the sweep knows about those.')
var temporary = [
  'remotelog-jobs/'
]
