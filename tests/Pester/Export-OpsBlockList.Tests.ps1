BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $requests = 1..3 | ForEach-Object { , @("192.0.2.$_", '/a?id=1%27+union+select+1,2', 200) }
    $requests += 1..2 | ForEach-Object { , @('203.0.113.7', '/a?id=1%27+union+select+1,2', 200) }
    $requests += , @('198.51.100.4', '/a?f=../../../../etc/passwd', 404)
    New-AccessLog "$folder/block.log" $requests
    $list = "$folder/blocked"
}

Describe 'Export-OpsBlockList' {
    It 'writes matches, summaries and offenders, for <As>' -ForEach @(
        @{ As = 'Nginx'; Line = 'deny 203.0.113.7; # 2 matches' }
        @{ As = 'HAProxy'; Line = '203.0.113.7' }
        @{ As = 'Fail2ban'; Line = 'fail2ban-client set web banip 203.0.113.7 ' }
    ) {
        $jail = if ($As -eq 'Fail2ban') { @{ Jail = 'web' } } else { @{} }
        $record = Find-OpsAttackPattern -Path "$folder/block.log" | Export-OpsBlockList "$list.$As" -As $As -Allow 198.51.100.0/24 @jail
        $record.Allowed | Should -Be 1
        @(Get-Content "$list.$As") | Where-Object { $_.StartsWith($Line) } | Should -HaveCount 1
        @(Get-Content "$list.$As") -match '198\.51\.100\.4' | Should -BeNullOrEmpty
    }

    It 'takes summaries and offenders' {
        (Measure-OpsAttack -Path "$folder/block.log" | Export-OpsBlockList "$list.sum" -As Nginx -MinMatches 2 -IncludePrivate).Addresses | Should -Be 1
        (Measure-OpsAttack -Path "$folder/block.log" -By Address | Export-OpsBlockList "$list.json" -As CrowdSec -For 6h).Duration | Should -Be ([timespan]'06:00:00')
        (Get-Content -Raw "$list.json" | ConvertFrom-Json | Where-Object value -EQ '203.0.113.7').duration | Should -Be '21600s'
    }

    It 'replaces no file that is not its own, and writes nothing with -WhatIf' {
        'deny all;' | Set-Content "$folder/own.conf"
        { Find-OpsAttackPattern -Path "$folder/block.log" | Export-OpsBlockList "$folder/own.conf" -As Nginx -ErrorAction Stop } | Should -Throw -ErrorId 'BlockListExists*'
        Find-OpsAttackPattern -Path "$folder/block.log" | Export-OpsBlockList "$list.nft" -As Nftables -WhatIf
        "$list.nft" | Should -Not -Exist
    }

    It 'refuses what has no address' {
        $errors = $null
        Get-Date | Export-OpsBlockList "$list.none" -As HAProxy -ErrorVariable errors -ErrorAction SilentlyContinue -WarningAction SilentlyContinue | Out-Null
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'NoAddress*'
    }
}
