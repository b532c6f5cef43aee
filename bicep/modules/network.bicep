// A private network: the accounts answer only within it, and everything that the service calls outside, push services for example, goes through one
// fixed address. The vault stays reachable from outside, guarded by Entra ID, so that operators can set secrets from their desks.
@description('Unique part of every name.')
param token string
@description('Region.')
param location string
@description('Tags.')
param tags object

var services = ['blob', 'queue', 'table']
var space = '10.60.0.0/16'

resource outgoing 'Microsoft.Network/publicIPAddresses@2025-05-01' = {
  name: 'pip-${token}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIPAllocationMethod: 'Static' }
}

resource gateway 'Microsoft.Network/natGateways@2025-05-01' = {
  name: 'nat-${token}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIpAddresses: [{ id: outgoing.id }] }
}

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: 'vnet-${token}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [space] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(space, 24, 0)
          natGateway: { id: gateway.id }
          delegations: [{ name: 'app', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'endpoints'
        properties: { addressPrefix: cidrSubnet(space, 24, 1), privateEndpointNetworkPolicies: 'Disabled' }
      }
    ]
  }

  resource app 'subnets' existing = { name: 'app' }
  resource endpoints 'subnets' existing = { name: 'endpoints' }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for service in services: {
    name: 'privatelink.${service}.${environment().suffixes.storage}'
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (service, i) in services: {
    parent: zones[i]
    name: 'vnet-${token}'
    location: 'global'
    tags: tags
    properties: { registrationEnabled: false, virtualNetwork: { id: network.id } }
  }
]

@description('Subnet of the service.')
output appSubnetId string = network::app.id
@description('Subnet of the private endpoints.')
output endpointSubnetId string = network::endpoints.id
@description('One private DNS zone for each storage service.')
output zones { service: string, id: string }[] = [for (service, i) in services: { service: service, id: zones[i].id }]
