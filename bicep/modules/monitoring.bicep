@description('Unique part of every name.')
param token string
@description('Region.')
param location string
@description('Tags.')
param tags object
@description('Who hears of alerts. Empty: nobody.')
param alertEmail string
@description('How much may be logged in a day, in GB. A loop that logs must not cost a month of budget.')
param dailyGigabytes int

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: 'log-${token}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
    workspaceCapping: { dailyQuotaGb: dailyGigabytes }
    features: { disableLocalAuth: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${token}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${token}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'remotelog'
    emailReceivers: empty(alertEmail) ? [] : [{ name: 'mail', emailAddress: alertEmail, useCommonAlertSchema: true }]
  }
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspace.id, 'remotelog')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    category: 'workbook'
    displayName: 'RemoteLog'
    serializedData: loadTextContent('../../infra/workbook.json')
    sourceId: toLower(workspace.id)
  }
}

@description('Workspace that keeps the logs.')
output workspaceId string = workspace.id
@description('Name of Application Insights.')
output insightsName string = insights.name
@description('Id by which Application Insights is asked.')
output insightsAppId string = insights.properties.AppId
@description('Where telemetry goes. Not a secret: local authentication is off.')
output insightsConnection string = insights.properties.ConnectionString
@description('Whom alerts reach.')
output actionGroupId string = people.id
