BeforeAll {
    . $PSScriptRoot/Shared.ps1
    "environment: seen`nbackups: { stores: { local: { path: backups } } }`ncertificates: { shop: { endpoint: '127.0.0.1:1', file: shop.pem } }`nchecks: { gone: { tcp: '127.0.0.1:1' } }" | Set-Content "$folder/ops.yaml"
    . $PSScriptRoot/Certificates.ps1
    New-Certificate "$folder/shop.pem"
    '2026-11-21T03:16:00Z INFO a', '2026-11-21T03:17:00Z ERROR b' | Set-Content "$folder/app.log"
}

Describe 'No progress is left open' {
    It 'by <_>' -ForEach 'Test-OpsHealth', 'Get-OpsDiskUsage FileSystem', 'Get-OpsResourceUsage', 'Get-OpsLog -Path app.log', 'Export-OpsLog -Path app.log -Destination p.jsonl',
    'Get-OpsCertificate -Path shop.pem', 'Update-OpsCertificate -WhatIf', 'Test-OpsHealth gone | Export-OpsReport p.html', 'Measure-OpsAvailability http://127.0.0.1:1/ -Duration 1',
    'Watch-OpsHealth gone -Count 2 -Interval 1', 'Get-OpsCertificate -Path none.pem', 'Get-OpsLog -Path none' {
        $shell = [powershell]::Create()
        [void]$shell.AddScript("Set-Location '$folder'; Import-Module '$manifest'; `$null = $_")
        try { [void]$shell.Invoke() } catch { Write-Verbose "ended by $_" }
        $last = $shell.Streams.Progress | Where-Object Activity -NotLike 'Preparing*' | Group-Object ActivityId | ForEach-Object { $_.Group[-1].RecordType }
        $shell.Dispose()
        $last | Where-Object { $_ -ne 'Completed' } | Should -BeNullOrEmpty
    }
}
