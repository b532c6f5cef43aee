using 'main.bicep'

// From the environment, as azd and infra/deploy.sh set it. No secret is among it.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param deployerType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', '') == 'ServicePrincipal' ? 'ServicePrincipal' : 'User'
param image = readEnvironmentVariable('REMOTELOG_IMAGE', '')
param host = empty(image) ? 'functions' : 'containers'
param registryName = readEnvironmentVariable('REMOTELOG_REGISTRY', '')
param alertEmail = readEnvironmentVariable('REMOTELOG_ALERT_EMAIL', '')
param monthlyBudget = int(readEnvironmentVariable('REMOTELOG_MONTHLY_BUDGET', '0'))

// What is fixed for a deployment stands below; main.bicep explains each. For example:
//   param options = { Pages__Entries: 100 }
//   param redundancy = 'Standard_ZRS'
//   param protectData = true
