@description('Name of the identity.')
param name string
@description('Region.')
param location string
@description('Tags.')
param tags object

@export()
@description('What other modules need to know of an identity.')
type identityReference = {
  @description('Resource id.')
  id: string
  @description('What the app names when it asks for a token.')
  clientId: string
}

@export()
@description('Somebody who can be given a role.')
type principal = {
  @description('Object id.')
  id: string
  @description('What stands behind the id.')
  type: 'User' | 'Group' | 'ServicePrincipal'
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('The identity, for the app.')
output reference identityReference = { id: identity.id, clientId: identity.properties.clientId }
@description('The identity, for role assignments.')
output principalId string = identity.properties.principalId
