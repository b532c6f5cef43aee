// One storage account: that of the Functions host, or one of those with the logs.
@description('Name of the account.')
@minLength(3)
@maxLength(24)
param name string
@description('Region.')
param location string
@description('Tags.')
param tags object
@description('How many copies are kept, and where.')
param sku 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GRS' | 'Standard_GZRS'
@description('Containers to make.')
param containers string[]
@description('Queues to make, each with a second one for messages that failed too often.')
param queues string[] = []
@description('Tables to make.')
param tables string[] = []
@description('Prefixes of blobs that go by age.')
param temporary string[] = []
@description('Age in days after which those go.')
@minValue(1)
param temporaryDays int = 30
@description('Days for which deleted blobs can be brought back, and so for which erased data still exists. 0: none.')
@minValue(0)
@maxValue(365)
param softDeleteDays int
@description('Forbid that the account is deleted.')
param locked bool = false
@description('Subnet for private endpoints; null keeps the public endpoint.')
param endpointSubnetId string?
@description('Private DNS zones, one for each service.')
param zones { service: string, id: string }[]
@description('Workspace for a line about each write and delete; null: none. It costs more than the writes do.')
param requestLogId string?

var private = endpointSubnetId != null
var softDelete = { enabled: softDeleteDays > 0, days: softDeleteDays > 0 ? softDeleteDays : null }

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    allowedCopyScope: 'AAD'
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    // One switch for both: a closed account that nothing can reach answers 403 to the deployment and 502 to callers.
    publicNetworkAccess: private ? 'Disabled' : 'Enabled'
    networkAcls: { bypass: 'None', defaultAction: private ? 'Deny' : 'Allow' }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // Content never changes under its address, so versions would only double it.
      isVersioningEnabled: false
      deleteRetentionPolicy: softDelete
      containerDeleteRetentionPolicy: softDelete
    }

    resource container 'containers' = [for c in containers: { name: c, properties: { publicAccess: 'None' } }]
  }

  resource queueService 'queueServices' = {
    name: 'default'
    resource queue 'queues' = [for q in queues: { name: q }]
    resource poison 'queues' = [for q in queues: { name: '${q}-poison' }]
  }

  resource tableService 'tableServices' = {
    name: 'default'
    resource table 'tables' = [for t in tables: { name: t }]
  }

  // Age never tells whether content is still needed, so no rule touches content, pages or packages.
  resource lifecycle 'managementPolicies' = if (!empty(temporary)) {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            name: 'delete-temporary'
            enabled: true
            type: 'Lifecycle'
            definition: {
              filters: { blobTypes: ['blockBlob'], prefixMatch: temporary }
              actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: temporaryDays } } }
            }
          }
        ]
      }
    }
    dependsOn: [blobs]
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (locked) {
  scope: account
  name: 'keep'
  properties: { level: 'CanNotDelete', notes: 'Holds logs.' }
}

resource blobRequests 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (requestLogId != null) {
  scope: account::blobs
  name: 'workspace'
  properties: { workspaceId: requestLogId, logs: [{ category: 'StorageWrite', enabled: true }, { category: 'StorageDelete', enabled: true }] }
}

resource tableRequests 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (requestLogId != null) {
  scope: account::tableService
  name: 'workspace'
  properties: { workspaceId: requestLogId, logs: [{ category: 'StorageWrite', enabled: true }, { category: 'StorageDelete', enabled: true }] }
}

resource endpoints 'Microsoft.Network/privateEndpoints@2025-05-01' = [
  for zone in zones: if (private) {
    name: 'pe-${name}-${zone.service}'
    location: location
    tags: tags
    properties: {
      subnet: { id: endpointSubnetId }
      privateLinkServiceConnections: [
        { name: zone.service, properties: { privateLinkServiceId: account.id, groupIds: [zone.service] } }
      ]
    }
  }
]

resource records 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-05-01' = [
  for (zone, i) in zones: if (private) {
    parent: endpoints[i]
    name: 'default'
    properties: { privateDnsZoneConfigs: [{ name: zone.service, properties: { privateDnsZoneId: zone.id } }] }
  }
]

@description('Name of the account.')
output name string = account.name
@description('The account.')
output id string = account.id
@description('Address of its blobs, with a slash at its end.')
output blobs string = account.properties.primaryEndpoints.blob
@description('Address of its queues.')
output queues string = account.properties.primaryEndpoints.queue
