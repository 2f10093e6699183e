BeforeAll {
    . $PSScriptRoot/Shared.ps1
    New-AccessLog "$folder/access.log" @('192.0.2.7', '/a', 502), @('192.0.2.7', '/b', 200)
    '2026-11-21T03:16:00Z INFO a', '2026-11-21T03:17:00Z ERROR b' | Set-Content "$folder/app.log"
}

Describe 'Get-OpsLog' {
    It 'reads lines as objects, whose fields compare as numbers' {
        $failed = @(Get-OpsLog -Path "$folder/access.log" | Where-Object { $_.Fields.status -ge 500 })
        $failed.Count | Should -Be 1
        $failed[0].Fields.target | Should -Be '/a'
    }

    It 'gives errors only, and raw lines as they are' {
        (Get-OpsLog -Path "$folder/app.log" -Errors).Message | Should -Be 'b'
        (Get-OpsLog -Path "$folder/app.log" -Raw | Select-Object -First 1) | Should -Be '2026-11-21T03:16:00Z INFO a'
    }

    It 'refuses what cannot be had together' {
        { Get-OpsLog -Path "$folder/access.log" -Since 90d -Raw } | Should -Throw
    }
}
