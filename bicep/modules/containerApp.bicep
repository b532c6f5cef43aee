// The service as a container that runs by itself, on the same storage: for many waiting readers, or without Functions.
import { identityReference } from 'identity.bicep'
import { secretReference } from 'settings.bicep'
import { queues } from 'names.bicep'

@description('Unique part of every name.')
param token string
@description('Region.')
param location string
@description('Tags.')
param tags object
@description('Replicas in several zones; needs the private network.')
param zoneRedundant bool
@description('Identity that the service runs as.')
param identity identityReference
@description('Image, with its tag or digest.')
@minLength(1)
param image string
@description('Server of the registry, if it asks who pulls. Empty: the image is public.')
param registryServer string
@description('Storage account that jobs are in.')
param jobAccount string
@description('Workspace for console lines and platform metrics.')
param workspaceId string
@description('Subnet of the replicas; null: none.')
param subnetId string?
@description('Settings of the service.')
param settings object
@description('Secrets of the service.')
param secrets secretReference[]
@description('Fewest replicas. With 0 the sweep waits until somebody calls.')
@minValue(0)
param minimumReplicas int
@description('Most replicas.')
@minValue(1)
@maxValue(1000)
param maximumReplicas int
@description('Requests that one replica serves before another is started.')
param httpConcurrency int

var port = 7071

resource managed 'Microsoft.App/managedEnvironments@2025-07-01' = {
  name: 'cae-${token}'
  location: location
  tags: tags
  properties: {
    // Through diagnostic settings below: the other way takes the workspace's key.
    appLogsConfiguration: { destination: 'azure-monitor' }
    vnetConfiguration: subnetId == null ? null : { infrastructureSubnetId: subnetId }
    workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.App/containerApps@2025-07-01' = {
  name: 'ca-${token}'
  location: location
  tags: tags
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    environmentId: managed.id
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: { external: true, allowInsecure: false, targetPort: port, transport: 'auto' }
      registries: empty(registryServer) ? [] : [{ server: registryServer, identity: identity.id }]
      secrets: [for secret in secrets: { name: secret.name, keyVaultUrl: secret.uri, identity: identity.id }]
    }
    template: {
      containers: [
        {
          name: 'remotelog'
          image: image
          resources: { cpu: json('0.5'), memory: '1Gi' }
          env: concat(
            [{ name: 'ASPNETCORE_URLS', value: 'http://0.0.0.0:${port}' }],
            map(items(settings), setting => { name: setting.key, value: setting.value }),
            map(secrets, secret => { name: secret.setting, secretRef: secret.name })
          )
          probes: [
            { type: 'Startup', httpGet: { path: '/api/health/live', port: port }, periodSeconds: 2, failureThreshold: 30 }
            { type: 'Liveness', httpGet: { path: '/api/health/live', port: port }, periodSeconds: 30 }
            { type: 'Readiness', httpGet: { path: '/api/health/ready', port: port }, periodSeconds: 30 }
          ]
        }
      ]
      scale: {
        minReplicas: minimumReplicas
        maxReplicas: maximumReplicas
        rules: concat(
          [{ name: 'http', http: { metadata: { concurrentRequests: string(httpConcurrency) } } }],
          map(queues, queue => {
            name: queue
            azureQueue: { accountName: jobAccount, queueName: queue, queueLength: 100, identity: identity.id }
          })
        )
      }
    }
  }
}

resource lines 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: managed
  name: 'workspace'
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

@description('The app.')
output id string = app.id
@description('Name of the app.')
output name string = app.name
@description('Host name of the service.')
output hostName string = app.properties.configuration.ingress!.fqdn
