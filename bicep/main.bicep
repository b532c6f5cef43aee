// RemoteLog on Azure: one resource group, no keys. How to use it: infra/README.md.
targetScope = 'subscription'

import { principal } from 'modules/identity.bicep'
import { containers, queues, tables, temporary } from 'modules/names.bicep'
import { references, serviceOptions, variables, wiring } from 'modules/settings.bicep'

// Where and what.

@description('Short name of the environment; part of every name and a tag of every resource.')
@minLength(1)
@maxLength(24)
param environmentName string

@description('Region of every resource. For Functions it must offer the Flex Consumption plan.')
@minLength(1)
param location string

@description('Deploy the service itself, and what watches it. False: all that it needs, so that its secrets can be put into the vault before it refers to them, as infra/deploy.sh does.')
param withService bool = true

@description('What runs the service: Azure Functions, which scale to nothing, or Container Apps, which hold many waiting readers for less.')
param host 'functions' | 'containers' = 'functions'

@description('Options of the service. What is left out keeps the default of the service itself.')
param options serviceOptions = {}

@description('Secrets of the vault that the service gets, by the names in modules/settings.bicep; with Swarm the mirror-key too. Those not named do not exist for it, and what needs them is off.')
param secrets string[] = ['receipts-key', 'operator-key', 'devices-key', 'vapid-key']

// Data.

@description('Storage accounts for logs that exist.')
@minValue(1)
@maxValue(32)
param dataAccounts int = 1

@description('Of these, how many the service uses, the first ones. A log belongs to one account: see the runbook before changing this.')
@minValue(1)
@maxValue(32)
param dataAccountsInUse int = dataAccounts

@description('Copies of the data: in one building, in three zones, or in another region as well. Later changes of this are conversions, not updates.')
param redundancy 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GRS' | 'Standard_GZRS' = 'Standard_LRS'

@description('Days for which deleted blobs can be brought back, and so for which erased data still exists. 0: none.')
@minValue(0)
@maxValue(365)
param softDeleteDays int = 7

@description('Forbid that the accounts with the logs are deleted.')
param protectData bool = false

@description('Log each write and delete of the data. Costs more than the writes themselves.')
param logStorageRequests bool = false

// Scale.

@description('Spread instances over availability zones, where the region offers it; elsewhere the deployment fails with a bare 400. Needs redundancy with zones.')
param zoneRedundant bool = false

@description('Functions: memory of one instance, in MB. 512 is four times cheaper where appends are rare.')
param memoryMB 512 | 2048 | 4096 = 2048

@description('Most instances of one scale group, or most replicas. Queues are groups of their own, so this caps no cost.')
@minValue(1)
@maxValue(1000)
param maximumInstances int = 100

@description('Instances or replicas that are always there. On Functions 0 costs nothing while idle; Container Apps need 1 for the sweep.')
@minValue(0)
@maxValue(100)
param alwaysReady int = host == 'functions' ? 0 : 1

@description('Requests that one instance serves at a time. Each reader that waits holds one.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 100

@description('Container Apps: the image, with its tag or digest.')
param image string = ''

@description('Container Apps: name of the container registry in this resource group that the image comes from. Empty: the image is public.')
param registryName string = ''

// Network.

@description('Keep storage off the internet: a virtual network with private endpoints and one outgoing address. About $80 a month.')
param privateNetwork bool = false

@description('Front Door before the service, which keeps sealed content near readers. About $35 a month.')
param contentDelivery bool = false

// People.

@description('Who hears of alerts and of the budget. Empty: nobody.')
param alertEmail string = ''

@description('Amount a month, in the currency of the subscription, at which the budget speaks up. 0: no budget.')
@minValue(0)
param monthlyBudget int = 0

@description('First day of the month in which the budget starts. Fix it once the budget exists.')
param budgetStart string = utcNow('yyyy-MM-01')

@description('GB that may be logged in a day.')
@minValue(1)
param dailyLogGigabytes int = 1

@description('Address of an OpenTelemetry collector that hands metrics and traces on to Application Insights. Empty: console lines alone arrive there, and alerts that go by metrics stay silent.')
param collector string = ''

@description('Make role assignments. False where administrators make them: they need those in modules/access.bicep.')
param assignRoles bool = true

@description('What the one who deploys is.')
param deployerType 'User' | 'ServicePrincipal' = 'User'

@description('Who looks after the service: may read its data, and set secrets.')
param operators principal[] = []

@description('Gateways that put segments on the ingest queue.')
param gateways principal[] = []

@description('Address of infra/README.md, for alerts to point to.')
param runbook string = 'infra/README.md'

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var onFunctions = host == 'functions'
var packages = 'app-package-${take(token, 8)}'
var hostAccount = 'sth${token}'
var accounts = map(range(0, dataAccounts), i => 'std${token}${i}')
var inUse = take(accounts, dataAccountsInUse)
var secretsInUse = union(secrets, empty(options.?Swarm__Nodes ?? '') ? [] : ['mirror-key'])

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: { name: 'id-${token}', location: location, tags: tags }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  scope: group
  params: { token: token, location: location, tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: { token: token, location: location, tags: tags, alertEmail: alertEmail, dailyGigabytes: dailyLogGigabytes }
}

module vault 'modules/vault.bicep' = {
  scope: group
  params: { name: 'kv-${token}', location: location, tags: tags, workspaceId: monitoring.outputs.workspaceId }
}

// What the Functions host needs for itself lies apart from the logs: a flood of appends must not starve it.
module hostStorage 'modules/storage.bicep' = if (onFunctions) {
  scope: group
  params: {
    name: hostAccount
    location: location
    tags: tags
    sku: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
    containers: [packages]
    softDeleteDays: 7
    endpointSubnetId: network.?outputs.endpointSubnetId
    zones: network.?outputs.zones ?? []
  }
}

module data 'modules/storage.bicep' = [
  for account in accounts: {
    scope: group
    params: {
      name: account
      location: location
      tags: tags
      sku: redundancy
      containers: containers
      queues: queues
      tables: tables
      temporary: temporary
      softDeleteDays: softDeleteDays
      locked: protectData
      endpointSubnetId: network.?outputs.endpointSubnetId
      zones: network.?outputs.zones ?? []
      requestLogId: logStorageRequests ? monitoring.outputs.workspaceId : null
    }
  }
]

// Before the app, so that its first start has access already.
module access 'modules/access.bicep' = if (assignRoles) {
  scope: group
  params: {
    hostAccount: onFunctions ? hostAccount : ''
    dataAccounts: accounts
    insightsName: monitoring.outputs.insightsName
    vaultName: vault.outputs.name
    registryName: onFunctions ? '' : registryName
    servicePrincipalId: identity.outputs.principalId
    deployer: { id: deployer().objectId, type: deployerType }
    operators: operators
    gateways: gateways
  }
  dependsOn: [hostStorage, data]
}

module app 'modules/app.bicep' = if (withService && onFunctions) {
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    zoneRedundant: zoneRedundant
    identity: identity.outputs.reference
    hostAccount: hostAccount
    packages: '${hostStorage!.outputs.blobs}${packages}'
    jobs: data[0].outputs.queues
    insightsConnection: monitoring.outputs.insightsConnection
    workspaceId: monitoring.outputs.workspaceId
    subnetId: network.?outputs.appSubnetId
    settings: union(wiring(inUse, environment().suffixes.storage, identity.outputs.reference.clientId, collector), variables(options))
    secrets: references(vault.outputs.uri, secretsInUse)
    memoryMB: memoryMB
    maximumInstances: maximumInstances
    httpConcurrency: httpConcurrency
    alwaysReady: alwaysReady
  }
  dependsOn: [access]
}

// Azure refuses it where a secret is not in the vault, or cannot be read yet.
module containerApp 'modules/containerApp.bicep' = if (withService && !onFunctions) {
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    zoneRedundant: zoneRedundant
    identity: identity.outputs.reference
    image: image
    registryServer: empty(registryName) ? '' : split(image, '/')[0]
    jobAccount: accounts[0]
    workspaceId: monitoring.outputs.workspaceId
    subnetId: network.?outputs.appSubnetId
    settings: union(wiring(inUse, environment().suffixes.storage, identity.outputs.reference.clientId, collector), variables(options))
    secrets: references(vault.outputs.uri, secretsInUse)
    minimumReplicas: alwaysReady
    maximumReplicas: maximumInstances
    httpConcurrency: httpConcurrency
  }
  dependsOn: [access, data]
}

module cdn 'modules/cdn.bicep' = if (withService && contentDelivery) {
  scope: group
  params: { token: token, tags: tags, origin: onFunctions ? app!.outputs.hostName : containerApp!.outputs.hostName }
}

module alerts 'modules/alerts.bicep' = if (withService) {
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    host: host
    appId: onFunctions ? app!.outputs.id : containerApp!.outputs.id
    accountIds: [for i in range(0, dataAccounts): data[i].outputs.id]
    workspaceId: monitoring.outputs.workspaceId
    actionGroupId: monitoring.outputs.actionGroupId
    runbook: runbook
  }
}

module budget 'modules/budget.bicep' = if (monthlyBudget > 0) {
  scope: group
  params: { token: token, amount: monthlyBudget, start: budgetStart, actionGroupId: monitoring.outputs.actionGroupId }
}

@description('Resource group that holds everything.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Vault for the secrets.')
output AZURE_KEY_VAULT_NAME string = vault.outputs.name

@description('Secrets that the service refers to, by their names in the vault.')
output AZURE_KEY_VAULT_SECRETS string = join(secretsInUse, ' ')

@description('The app. Empty, as all below: there is no service yet.')
output SERVICE_API_ID string = !withService ? '' : onFunctions ? app!.outputs.id : containerApp!.outputs.id

@description('Name that code is published to.')
output SERVICE_API_NAME string = !withService ? '' : onFunctions ? app!.outputs.name : containerApp!.outputs.name

@description('Address of the service.')
output SERVICE_API_URI string = !withService ? '' : 'https://${onFunctions ? app!.outputs.hostName : containerApp!.outputs.hostName}'

@description('Address of the service through Front Door. Empty: there is none.')
output CONTENT_DELIVERY_URI string = withService && contentDelivery ? 'https://${cdn!.outputs.hostName}' : ''

@description('Id by which Application Insights is asked for log lines.')
output APPLICATION_INSIGHTS_ID string = monitoring.outputs.insightsAppId
