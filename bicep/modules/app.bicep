// The service as a custom handler of Azure Functions, on the Flex Consumption plan.
import { identityReference } from 'identity.bicep'
import { secretReference } from 'settings.bicep'

@description('Unique part of every name.')
param token string
@description('Region.')
param location string
@description('Tags.')
param tags object
@description('Instances in several zones.')
param zoneRedundant bool
@description('Identity that the service runs as.')
param identity identityReference
@description('Storage account of the Functions host.')
param hostAccount string
@description('Address of the container for the package.')
param packages string
@description('Address of the queues that jobs are on.')
param jobs string
@description('Connection string of Application Insights.')
param insightsConnection string
@description('Workspace for platform metrics.')
param workspaceId string
@description('Subnet to go out through; null: none.')
param subnetId string?
@description('Settings of the service.')
param settings object
@description('Secrets of the service.')
param secrets secretReference[]
@description('Memory of one instance.')
param memoryMB 512 | 2048 | 4096
@description('Most instances of one scale group. No cap on cost: queues are groups of their own.')
param maximumInstances int
@description('Requests that one instance serves at a time. Each reader that waits holds one.')
param httpConcurrency int
@description('Instances for HTTP that are always there.')
param alwaysReady int

var ready = max(alwaysReady, zoneRedundant ? 2 : 0)

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true, zoneRedundant: zoneRedundant }
}

resource site 'Microsoft.Web/sites@2024-11-01' = {
  name: 'func-${token}'
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    virtualNetworkSubnetId: subnetId
    siteConfig: { minTlsVersion: '1.2', ftpsState: 'Disabled', http20Enabled: true }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packages
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
      // Any other name or version deploys without a word, and never starts.
      runtime: { name: 'custom', version: '1.0' }
      scaleAndConcurrency: {
        instanceMemoryMB: memoryMB
        maximumInstanceCount: maximumInstances
        alwaysReady: ready == 0 ? [] : [{ name: 'http', instanceCount: ready }]
        triggers: { http: { perInstanceConcurrency: httpConcurrency } }
      }
    }
  }

  // It replaces all settings there are, so everything that the service needs stands here, and nothing is set by hand.
  resource config 'config' = {
    name: 'appsettings'
    properties: union(
      {
        AzureWebJobsStorage__accountName: hostAccount
        AzureWebJobsStorage__credential: 'managedidentity'
        AzureWebJobsStorage__clientId: identity.clientId
        JobStorage__queueServiceUri: jobs
        JobStorage__credential: 'managedidentity'
        JobStorage__clientId: identity.clientId
        APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnection
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.clientId};Authorization=AAD'
        // The host refuses longer bodies before the service sees them.
        FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: settings.?Limits__UploadBytes ?? '104857600'
      },
      settings,
      toObject(secrets, secret => secret.setting, secret => '@Microsoft.KeyVault(SecretUri=${secret.uri})')
    )
  }

  resource basicAuth 'basicPublishingCredentialsPolicies' = [
    for kind in ['scm', 'ftp']: { name: kind, properties: { allow: false } }
  ]
}

resource metrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: site
  name: 'workspace'
  properties: { workspaceId: workspaceId, metrics: [{ category: 'AllMetrics', enabled: true }] }
}

@description('The app.')
output id string = site.id
@description('Name that code is published to.')
output name string = site.name
@description('Host name of the service.')
output hostName string = site.properties.defaultHostName
