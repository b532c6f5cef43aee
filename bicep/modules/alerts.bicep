// Only what somebody must act on. Each alert names the page of the runbook that says how; a test looks for that page.
@description('Unique part of every name.')
param token string
@description('Region.')
param location string
@description('Tags.')
param tags object
@description('What runs the service.')
param host 'functions' | 'containers'
@description('The app.')
param appId string
@description('Storage accounts of the logs.')
param accountIds string[]
@description('Workspace that has all lines, requests and metrics.')
param workspaceId string
@description('Whom alerts reach.')
param actionGroupId string
@description('Where the runbook is to be found.')
param runbook string

type logAlert = {
  @description('Part of the name.')
  name: string
  @description('What happened, for whoever is woken.')
  says: string
  @description('Page of the runbook.')
  page: string
  @description('0: now. 4: when there is time.')
  severity: 0 | 1 | 2 | 3 | 4
  @description('How often it looks, and how far back.')
  every: 'PT5M' | 'PT15M' | 'PT1H'
  @description('Rows that should not be there.')
  query: string
}

// Console lines of either host, which always arrive; and what the service measures, by its metric names, where a collector hands it on.
var lines = 'let lines = union isfuzzy=true (AppTraces | project TimeGenerated, Message), (ContainerAppConsoleLogs | project TimeGenerated, Message = Log);'
var metrics = 'let metrics = AppMetrics | project TimeGenerated, Name, Min, Max, Sum, ItemCount, Properties = parse_json(Properties);'

var logAlerts logAlert[] = [
  {
    name: 'poison'
    says: 'A job failed so often that it was set aside'
    page: 'poison'
    severity: 1
    every: 'PT15M'
    query: '${lines} lines | where Message has "MaxDequeueCount" or Message has "kept failing and was set aside"'
  }
  {
    name: 'quarantine'
    says: 'Messages of the ingest queue were refused and wait for an operator'
    page: 'quarantine'
    severity: 2
    every: 'PT1H'
    query: '${lines} lines | where Message has "Quarantined a message"'
  }
  {
    name: 'append-latency'
    says: 'One append in twenty takes longer than 2 s'
    page: 'append-latency'
    severity: 2
    every: 'PT15M'
    query: 'AppRequests | where Name == "AppendSegment" | summarize Slow = percentile(DurationMs, 95), Calls = count() | where Calls > 20 and Slow > 2000'
  }
  {
    name: 'hint-age'
    says: 'Sleeping devices hear of news much later than their pace explains'
    page: 'hint-age'
    severity: 2
    every: 'PT15M'
    query: '${metrics} metrics | where Name == "remotelog.wake.age" | summarize Age = sum(Sum) / sum(ItemCount) by Provider = tostring(Properties.provider) | where Age > iff(Provider == "apns", 7200, 1800)'
  }
  {
    name: 'push-credentials'
    says: 'A push service refuses our credentials, so its devices sleep on'
    page: 'push-credentials'
    severity: 1
    every: 'PT15M'
    query: '${metrics} metrics | where Name == "remotelog.push.unauthorized" | summarize Refused = sum(Sum) | where Refused > 0'
  }
  {
    name: 'postage'
    says: 'A postage batch ends within a week, and its pages with it'
    page: 'postage'
    severity: 1
    every: 'PT1H'
    query: '${metrics} metrics | where Name == "remotelog.swarm.batch.life" | summarize Left = min(Min) | where Left < 604800'
  }
]

resource queries 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in logAlerts: {
    name: 'alert-${alert.name}-${token}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      description: '${alert.says}. What to do: ${runbook}#${alert.page}'
      enabled: true
      severity: alert.severity
      scopes: [workspaceId]
      evaluationFrequency: alert.every
      windowSize: alert.every
      criteria: {
        allOf: [
          { query: alert.query, timeAggregation: 'Count', operator: 'GreaterThan', threshold: 0 }
        ]
      }
      actions: { actionGroups: [actionGroupId] }
      autoMitigate: false
      // Tables appear in a workspace with their first row.
      skipQueryValidation: true
    }
  }
]

resource errors 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'alert-errors-${token}'
  location: 'global'
  tags: tags
  properties: {
    description: 'More than 20 answers in 15 minutes were 5xx. What to do: ${runbook}#errors'
    enabled: true
    severity: 1
    scopes: [appId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'errors'
          criterionType: 'StaticThresholdCriterion'
          metricName: host == 'functions' ? 'Http5xx' : 'Requests'
          dimensions: host == 'functions' ? [] : [{ name: 'statusCodeCategory', operator: 'Include', values: ['5xx'] }]
          operator: 'GreaterThan'
          timeAggregation: 'Total'
          threshold: 20
        }
      ]
    }
    actions: [{ actionGroupId: actionGroupId }]
  }
}

resource throttled 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for (accountId, i) in accountIds: {
    name: 'alert-throttled-${i}-${token}'
    location: 'global'
    tags: tags
    properties: {
      description: 'Storage refuses requests because there are too many. What to do: ${runbook}#throttled'
      enabled: true
      severity: 2
      scopes: [accountId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            name: 'throttled'
            criterionType: 'StaticThresholdCriterion'
            metricNamespace: 'Microsoft.Storage/storageAccounts'
            metricName: 'Transactions'
            dimensions: [
              {
                name: 'ResponseType'
                operator: 'Include'
                values: [
                  'ServerBusyError'
                  'ClientThrottlingError'
                  'ClientAccountRequestThrottlingError'
                  'ClientAccountBandwidthThrottlingError'
                ]
              }
            ]
            operator: 'GreaterThan'
            timeAggregation: 'Total'
            threshold: 0
          }
        ]
      }
      actions: [{ actionGroupId: actionGroupId }]
    }
  }
]
