@{
    # In this order: the loader tells .NET where the libraries are, and which code fits this machine. PowerShell would load a root module
    # before it, so there is none.
    NestedModules        = @('OpsModule.Loader.dll', 'OpsModule.dll')
    ModuleVersion        = '0.1.0'
    GUID                 = '5b0c8a5e-7f0a-4a43-9d0e-3f6f2f0c7c11'
    Author               = 'The OpsModule authors'
    CompanyName          = 'The OpsModule authors'
    Copyright            = 'The OpsModule authors. MIT licence.'
    Description          = 'The operating runbooks of a service as cmdlets: back up, verify, restore, and prove that it can be restored.'
    PowerShellVersion    = '7.4'
    CompatiblePSEditions = @('Core')
    # A test checks this list against the assembly.
    CmdletsToExport      = @(
        'Approve-OpsBackup'
        'Assert-OpsResult'
        'Backup-OpsDatabase'
        'Clear-OpsStorage'
        'Compare-OpsServiceRevision'
        'Connect-OpsEnvironment'
        'Connect-OpsService'
        'Copy-OpsBackup'
        'Disconnect-OpsEnvironment'
        'Enter-OpsService'
        'Export-OpsBlockList'
        'Export-OpsLog'
        'Export-OpsRecoveryKit'
        'Export-OpsReport'
        'Export-OpsSchedule'
        'Find-OpsAttackPattern'
        'Get-OpsAttackRule'
        'Get-OpsBackup'
        'Get-OpsBackupRetention'
        'Get-OpsCertificate'
        'Get-OpsChange'
        'Get-OpsDiskUsage'
        'Get-OpsEnvironment'
        'Get-OpsEvent'
        'Get-OpsLog'
        'Get-OpsPlan'
        'Get-OpsResourceUsage'
        'Get-OpsRestore'
        'Get-OpsSchedule'
        'Get-OpsService'
        'Get-OpsServiceUpdate'
        'Import-OpsAttackRule'
        'Import-OpsBackup'
        'Initialize-OpsSecretRotation'
        'Invoke-OpsPlan'
        'Invoke-OpsQuery'
        'Invoke-OpsRecoveryDrill'
        'Invoke-OpsSchedule'
        'Invoke-OpsServiceCommand'
        'Measure-OpsAttack'
        'Measure-OpsAvailability'
        'New-OpsEnvironment'
        'New-OpsProxyConfiguration'
        'Remove-OpsBackup'
        'Remove-OpsBackupPin'
        'Remove-OpsRestore'
        'Restart-OpsService'
        'Restore-OpsDatabase'
        'Resume-OpsChange'
        'Send-OpsAlert'
        'Send-OpsMetric'
        'Set-OpsBackupPin'
        'Set-OpsService'
        'Start-OpsService'
        'Stop-OpsService'
        'Test-OpsAttackRule'
        'Test-OpsBackup'
        'Test-OpsEnvironment'
        'Test-OpsHealth'
        'Test-OpsJournal'
        'Test-OpsRecoveryKit'
        'Test-OpsServiceUpdate'
        'Undo-OpsChange'
        'Undo-OpsRestore'
        'Undo-OpsServiceUpdate'
        'Update-OpsCertificate'
        'Update-OpsService'
        'Wait-OpsService'
        'Watch-OpsHealth'
    )
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
    TypesToProcess       = @('OpsModule.types.ps1xml')
    FormatsToProcess     = @(
        'formats/Alerts.format.ps1xml'
        'formats/AttackSummaries.format.ps1xml'
        'formats/Attacks.format.ps1xml'
        'formats/Backups.format.ps1xml'
        'formats/Changes.format.ps1xml'
        'formats/Databases.format.ps1xml'
        'formats/Environments.format.ps1xml'
        'formats/Health.format.ps1xml'
        'formats/Logs.format.ps1xml'
        'formats/Proxies.format.ps1xml'
        'formats/Recovery.format.ps1xml'
        'formats/Reports.format.ps1xml'
        'formats/Rollouts.format.ps1xml'
        'formats/Schedules.format.ps1xml'
        'formats/SecretLogins.format.ps1xml'
        'formats/Services.format.ps1xml'
        'formats/Storage.format.ps1xml'
    )
    PrivateData          = @{
        PSData = @{
            # PowerShell's galleries know editions and systems by tags.
            Tags       = @('PSEdition_Core', 'Linux', 'Windows', 'MacOS', 'PostgreSQL', 'Backup', 'Restore', 'Operations', 'Runbook')
            LicenseUri = 'https://opensource.org/license/mit'
            # ProjectUri = '...': whoever publishes the repository says here where. The package names it, and Get-Help -Online opens its docs/cmdlets.
            # ReleaseNotes: build/pack.ps1 takes them from CHANGELOG.md.
        }
    }
}
