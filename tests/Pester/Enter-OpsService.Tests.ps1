BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = (New-Item -ItemType Directory "$TestDrive/host").FullName
    $PID | Set-Content "$shop/pid"
    "environment: shop`nplatform: { host: {} }`nservices: { api: { pidFile: pid } }" | Set-Content "$shop/ops.yaml"
}

Describe 'Enter-OpsService' {
    It 'needs a terminal' {
        (Invoke-Script "Enter-OpsService api -Environment '$shop'").Said | Should -Match 'is no terminal'
        Get-OpsChange -Environment $shop | Should -BeNullOrEmpty
    }
    It 'says which service there is not' {
        { Enter-OpsService nobody -Environment $shop -ErrorAction Stop } | Should -Throw
    }

    It 'gives the terminal to a program, and journals its begin and end, not what is said' {
        # script gives a program a terminal of its own.
        $said = script -qec "'$pwsh' -NoProfile -Command `"Import-Module '$manifest'; Enter-OpsService api -Program sh, '-c', 'tty; exit 3' -Environment '$shop'`"" /dev/null | Out-String
        $said | Should -Match '/dev/pts/\d+'
        $entry = Get-OpsChange -Environment $shop
        $entry.Action | Should -Be 'Enter-OpsService'
        $entry.Target | Should -Be 'service/api'
        $entry.Message | Should -Be 'exit code 3'
        $entry.Data.command | Should -Be 'sh (2 arguments: -c)'
    }
}
