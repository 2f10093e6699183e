BeforeAll {
    . $PSScriptRoot/Shared.ps1
    'environment: here' | Set-Content "$folder/ops.yaml"
    $logs = New-Item -ItemType Directory "$folder/logs"
    foreach ($name in 'app.log', 'app.log.1') {
        Set-Content "$logs/$name" 'x'
        (Get-Item "$logs/$name").LastWriteTimeUtc = [datetime]::UtcNow.AddDays(-9)
    }
}

Describe 'Clear-OpsStorage' {
    It 'clears old logs only from folders that are named' {
        (Clear-OpsStorage -LogFolder $logs -OlderThan 7d -Environment $folder -WhatIf).Removed | Should -BeFalse
        (Clear-OpsStorage -LogFolder $logs -OlderThan 7d -Environment $folder -Confirm:$false).Name | Should -Be 'app.log.1'
        (Get-ChildItem $logs).Name | Should -Be 'app.log'
    }

    It 'is an error where the platform has nothing to clear' {
        { Clear-OpsStorage -Environment $folder -WhatIf -ErrorAction Stop } | Should -Throw -ErrorId 'PlatformUnsupported*'
    }
}
