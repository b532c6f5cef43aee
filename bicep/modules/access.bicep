// Who may do what: every role of the deployment. A test holds the roles of the service against the calls it makes.
import { ingestQueue } from 'names.bicep'
import { principal } from 'identity.bicep'

@description('Storage account of the Functions host. Empty: there is no such host.')
param hostAccount string
@description('Storage accounts of the logs.')
param dataAccounts string[]
@description('Application Insights.')
param insightsName string
@description('Key vault.')
param vaultName string
@description('Container registry of this resource group that the image comes from. Empty: none.')
param registryName string
@description('Object id of the identity that the service runs as.')
param servicePrincipalId string
@description('Who deploys, and so puts secrets into the vault.')
param deployer principal
@description('Who looks after the service: may read its data, and set secrets.')
param operators principal[]
@description('Gateways that put segments on the ingest queue.')
param gateways principal[]

var acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d' // AcrPull
var blobContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor
var blobOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
var blobReader = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1' // Storage Blob Data Reader
var metricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb' // Monitoring Metrics Publisher
var queueContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88' // Storage Queue Data Contributor
var queueReader = '19e7f393-937e-4f77-808e-94535e297925' // Storage Queue Data Reader
var queueSender = 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a' // Storage Queue Data Message Sender
var secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7' // Key Vault Secrets Officer
var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6' // Key Vault Secrets User
var tableContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
var tableReader = '76199698-9eea-4c19-bc75-cec21354c6b6' // Storage Table Data Reader

type grant = { to: principal[], role: string }

func each(grants grant[]) { to: principal, role: string }[] => flatten(map(grants, g => map(g.to, to => { to: to, role: g.role })))

var service = [{ id: servicePrincipalId, type: 'ServicePrincipal' }]

// The table. The host keeps its package, keys, leases and timers in blobs, and in queues and tables of its own.
var onHost = each([
  { to: service, role: blobOwner }
  { to: service, role: queueContributor }
  { to: service, role: tableContributor }
])
var onData = each([
  { to: service, role: blobContributor }
  { to: service, role: queueContributor }
  { to: service, role: tableContributor }
  { to: operators, role: blobReader }
  { to: operators, role: queueReader }
  { to: operators, role: tableReader }
])
var onIngestQueue = each([
  { to: gateways, role: queueSender }
])
var onInsights = each([
  { to: service, role: metricsPublisher }
])
var onVault = each([
  { to: service, role: secretsUser }
  { to: union([deployer], operators), role: secretsOfficer }
])
var onRegistry = each([
  { to: service, role: acrPull }
])

resource host 'Microsoft.Storage/storageAccounts@2025-06-01' existing = { name: empty(hostAccount) ? 'none' : hostAccount }
resource data 'Microsoft.Storage/storageAccounts@2025-06-01' existing = [for account in dataAccounts: { name: account }]
resource insights 'Microsoft.Insights/components@2020-02-02' existing = { name: insightsName }
resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = { name: vaultName }
resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' existing = { name: empty(registryName) ? 'absent' : registryName }
resource first 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: dataAccounts[0]
  resource queues 'queueServices' existing = {
    name: 'default'
    resource ingest 'queues' existing = { name: ingestQueue }
  }
}

resource hostRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for entry in onHost: if (!empty(hostAccount)) {
    scope: host
    name: guid(host.id, entry.to.id, entry.role)
    properties: {
      principalId: entry.to.id
      principalType: entry.to.type
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', entry.role)
    }
  }
]

// For each account the whole table: entry i of account j is number j * length + i.
resource dataRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for n in range(0, length(dataAccounts) * length(onData)): {
    scope: data[n / length(onData)]
    name: guid(data[n / length(onData)].id, onData[n % length(onData)].to.id, onData[n % length(onData)].role)
    properties: {
      principalId: onData[n % length(onData)].to.id
      principalType: onData[n % length(onData)].to.type
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', onData[n % length(onData)].role)
    }
  }
]

resource ingestRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for entry in onIngestQueue: {
    scope: first::queues::ingest
    name: guid(first::queues::ingest.id, entry.to.id, entry.role)
    properties: {
      principalId: entry.to.id
      principalType: entry.to.type
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', entry.role)
    }
  }
]

resource insightsRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for entry in onInsights: {
    scope: insights
    name: guid(insights.id, entry.to.id, entry.role)
    properties: {
      principalId: entry.to.id
      principalType: entry.to.type
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', entry.role)
    }
  }
]

resource vaultRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for entry in onVault: {
    scope: vault
    name: guid(vault.id, entry.to.id, entry.role)
    properties: {
      principalId: entry.to.id
      principalType: entry.to.type
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', entry.role)
    }
  }
]

resource registryRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for entry in onRegistry: if (!empty(registryName)) {
    scope: registry
    name: guid(registry.id, entry.to.id, entry.role)
    properties: {
      principalId: entry.to.id
      principalType: entry.to.type
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', entry.role)
    }
  }
]
