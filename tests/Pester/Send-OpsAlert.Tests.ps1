BeforeAll {
    . $PSScriptRoot/Shared.ps1
    'environment: told', 'alerts: { receivers: { chat: { webhook: "env:PESTER_HOOK" } } }' | Set-Content "$folder/ops.yaml"
    $env:PESTER_HOOK = 'http://127.0.0.1:1/hook'
}

Describe 'Send-OpsAlert' {
    It 'sends nothing with -WhatIf' {
        Send-OpsAlert 'The cake is ready' -WhatIf -Environment $folder -WarningVariable warned
        $warned | Should -BeNullOrEmpty
        "$folder/.ops/alerts.json" | Should -Not -Exist
    }

    It 'names the receiver that did not take it, and never its address' {
        $told = @(Send-OpsAlert 'The cake is ready' -Environment $folder -WarningVariable warned -ErrorVariable errors -WarningAction SilentlyContinue -ErrorAction SilentlyContinue)
        "$($told | Out-String) $warned $errors" | Should -Match 'chat'
        "$($told | ConvertTo-Json -Depth 5) $warned $errors" | Should -Not -Match '/hook'
    }
}
