BeforeAll {
    . $PSScriptRoot/Shared.ps1
    '2026-11-21T03:16:00Z INFO a', '2026-11-21T03:17:00Z ERROR b' | Set-Content "$folder/app.log"
}

Describe 'Export-OpsLog' {
    It 'writes what can be read again, with a manifest; nothing with -WhatIf' {
        Export-OpsLog -Path "$folder/app.log" -Destination "$folder/out.jsonl.gz" -WhatIf | Should -BeNullOrEmpty
        "$folder/out.jsonl.gz" | Should -Not -Exist
        $export = Export-OpsLog -Path "$folder/app.log" -Destination "$folder/out.jsonl.gz"
        $export.Lines | Should -Be 2
        (Get-Content "$($export.Location).manifest.json" | ConvertFrom-Json).sha256 | Should -Be (Get-FileHash $export.Location).Hash.ToLowerInvariant()
        (Get-OpsLog -Path $export.Location -Errors).Message | Should -Be 'b'
    }
}
