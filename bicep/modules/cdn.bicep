// Front Door before the service: sealed content never changes under its address, so it is kept near readers. Everything else passes through.
@description('Unique part of every name.')
param token string
@description('Tags.')
param tags object
@description('Host name of the service.')
param origin string

resource profile 'Microsoft.Cdn/profiles@2025-06-01' = {
  name: 'afd-${token}'
  location: 'global'
  tags: tags
  sku: { name: 'Standard_AzureFrontDoor' }
  // Longer than the service holds a waiting reader.
  properties: { originResponseTimeoutSeconds: 240 }

  resource endpoint 'afdEndpoints' = {
    name: 'remotelog-${token}'
    location: 'global'
    tags: tags
    properties: { enabledState: 'Enabled' }

    resource content 'routes' = {
      name: 'content'
      properties: {
        originGroup: { id: profile::service.id }
        patternsToMatch: ['/api/v1/content/*']
        supportedProtocols: ['Https']
        httpsRedirect: 'Disabled'
        linkToDefaultDomain: 'Enabled'
        forwardingProtocol: 'HttpsOnly'
        // How long is what each answer says: a year for content, not at all for a problem.
        cacheConfiguration: { queryStringCachingBehavior: 'UseQueryString' }
      }
      dependsOn: [service::app]
    }

    resource rest 'routes' = {
      name: 'rest'
      properties: {
        originGroup: { id: profile::service.id }
        patternsToMatch: ['/*']
        supportedProtocols: ['Https']
        httpsRedirect: 'Disabled'
        linkToDefaultDomain: 'Enabled'
        forwardingProtocol: 'HttpsOnly'
      }
      dependsOn: [service::app]
    }
  }

  resource service 'originGroups' = {
    name: 'service'
    properties: {
      // One origin: there is nothing to choose from, and probes would keep instances awake.
      loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 3 }
    }

    resource app 'origins' = {
      name: 'app'
      properties: {
        hostName: origin
        originHostHeader: origin
        httpsPort: 443
        enforceCertificateNameCheck: true
      }
    }
  }
}

@description('Host name at which phones reach the service through Front Door.')
output hostName string = profile::endpoint.properties.hostName
