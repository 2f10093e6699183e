BeforeAll {
    . $PSScriptRoot/Shared.ps1
    @'
environment: shop
schedule:
  nightly: { at: "0 2 * * *", run: "'it ran' > ran.txt", ping: "env:OPS_TEST_PING" }
'@ | Set-Content "$folder/ops.yaml"
}

Describe 'Export-OpsSchedule' {
    It 'shows the files without writing any' {
        $files = Export-OpsSchedule -As SystemdTimer -Environment $folder
        $files.Name | Should -Be 'ops-shop-nightly.service', 'ops-shop-nightly.timer'
        $files[0].Text | Should -BeLike '*Type=oneshot*EnvironmentFile=/etc/ops/shop.secrets*'
        $files[0].Text | Should -BeLike "*ExecStart=$pwsh -NoProfile -NonInteractive -Command *Invoke-OpsSchedule 'nightly'*"
        $files[0].Path | Should -BeNullOrEmpty
    }

    It 'writes them into a folder, and again, and tells with -WhatIf what it would write' {
        $null = New-Item -ItemType Directory "$folder/units"
        Export-OpsSchedule nightly -As SystemdTimer -Path "$folder/units" -WhatIf -Environment $folder | Should -BeNullOrEmpty
        Get-ChildItem "$folder/units" | Should -BeNullOrEmpty
        1..2 | ForEach-Object { (Export-OpsSchedule nightly -As SystemdTimer -Path "$folder/units" -Environment $folder).Path | Should -Exist }
    }

    It 'makes a line that a shell runs as cron does' {
        $file = Export-OpsSchedule -As Cron -TimeZone Etc/UTC -SecretsFile "$folder/secrets" -Environment $folder
        "OPS_TEST_PING='http://127.0.0.1:1/'" | Set-Content "$folder/secrets"
        $command = ($file.Text -split "`n" -like '0 2 *')[0] -replace '^(\S+ ){6}' -replace '\\%', '%'
        /bin/sh -c $command 2>$null
        $LASTEXITCODE | Should -Be 0
        Get-Content "$folder/ran.txt" | Should -Be 'it ran'
        "$((Get-OpsSchedule nightly -Environment $folder).Status)" | Should -Be 'OnTime'
    }

    It 'takes the example, whose lines name nothing that there is not' {
        $example = "$root/examples/schedule.yaml"
        Test-OpsEnvironment $example | Where-Object Code -Match 'Cron|Line|Command|Parameter' | Should -BeNullOrEmpty
        (Export-OpsSchedule -As SystemdTimer -Environment $example | Where-Object Name -Like '*.timer').Count | Should -Be 5
        (Export-OpsSchedule -As KubernetesCronJob -Image ops:1 -Environment $example).Count | Should -Be 5
    }

    It 'refuses what a system cannot say, and what belongs to another system' {
        { Export-OpsSchedule -As Cron -TimeZone Europe/Berlin -Environment $folder } | Should -Throw '*put forward and back*'
        { Export-OpsSchedule -As Cron -TimeZone Nowhere/City -Environment $folder } | Should -Throw '*no time zone*'
        { Export-OpsSchedule -As Jenkinsfile -Image x -Environment $folder } | Should -Throw '*-Image is for KubernetesCronJob*'
        { Export-OpsSchedule -As AzureAutomation -Environment $folder } | Should -Throw '*needs a hybrid worker*'
    }

    It 'writes a runbook for Azure that PowerShell can read' {
        $files = Export-OpsSchedule -As AzureAutomation -WorkerGroup workers -Environment $folder
        $errors = $null
        $null = [Management.Automation.Language.Parser]::ParseInput($files[0].Text, [ref] $null, [ref] $errors)
        $errors | Should -BeNullOrEmpty
        ($files[1].Text | ConvertFrom-Json).resources.Count | Should -Be 2
    }
}
