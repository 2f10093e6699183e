BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $attack = '192.0.2.7 - - [21/Nov/2026:03:16:00 +0000] "GET /a?id=1%27+union+select+1,2 HTTP/1.1" 200 9'
}

Describe 'Find-OpsAttackPattern' {
    It 'finds attacks in files and in what is piped' {
        New-AccessLog "$folder/attack.log" @('192.0.2.7', '/a?id=1%27+union+select+1,2', 200), @('192.0.2.7', '/b', 200)
        @(Find-OpsAttackPattern -Path "$folder/attack.log" | Group-Object Category).Name | Should -Be 'SqlInjection'
        (Get-OpsLog -Path "$folder/attack.log" | Find-OpsAttackPattern).Source | Should -Be "$folder/attack.log"
        (Get-Content "$folder/attack.log" | Find-OpsAttackPattern -Explain | Select-Object -First 1).Explanation.Field | Should -Be 'id'
        { Find-OpsAttackPattern -Path "$folder/attack.log" -FailOnMatch -ErrorAction Stop } | Should -Throw -ErrorId 'AttacksFound*'
        (TabExpansion2 'Find-OpsAttackPattern -Category Sq' 33).CompletionMatches.CompletionText | Should -Be 'SqlInjection'
    }

    It 'reads folders, packed and broken files, and what has come since' {
        $logs = (New-Item -ItemType Directory "$folder/attacks").FullName
        "$attack`n" | Set-Content -NoNewline "$logs/a.log"
        $packed = [IO.Compression.GZipStream]::new([IO.File]::Create("$logs/a.log.1.gz"), [IO.Compression.CompressionLevel]::Fastest)
        $packed.Write([Text.Encoding]::ASCII.GetBytes("$attack`n$attack`n"))
        $packed.Dispose()
        @(Find-OpsAttackPattern -Path $logs).Count | Should -Be 3
        @(Find-OpsAttackPattern -Path "$logs/*.gz", "$logs/a.*").Line | Sort-Object | Should -Be 1, 1, 2
        [IO.File]::WriteAllBytes("$logs/cut.gz", [IO.File]::ReadAllBytes("$logs/a.log.1.gz")[0..40])
        Find-OpsAttackPattern -Path "$logs/cut.gz" -WarningVariable warned -WarningAction SilentlyContinue | Out-Null
        "$warned" | Should -BeLike '*cut.gz was read only in part*bytes of text were scanned*'
        (Find-OpsAttackPattern -Path "$logs/a.log" -Follow | Select-Object -First 1).Category | Should -Be 'SqlInjection'
        @(Find-OpsAttackPattern -Path "$logs/a.log*" -Baseline "$folder/baseline.json").Count | Should -Be 3
        Move-Item "$logs/a.log" "$logs/a.log.2"
        "$attack`n" | Add-Content -NoNewline "$logs/a.log.2"
        "$attack`n" | Set-Content -NoNewline "$logs/a.log"
        (Find-OpsAttackPattern -Path "$logs/a.log*" -Baseline "$folder/baseline.json").Source | Should -Be "$logs/a.log.2", "$logs/a.log"
        @(Find-OpsAttackPattern -Path "$logs/a.log*" -Baseline "$folder/baseline.json").Count | Should -Be 0
    }

    It 'reads the standard input' {
        $attack | & $pwsh -NoProfile -NonInteractive -Command "Import-Module '$manifest'; (Find-OpsAttackPattern -Path -).Source" | Should -Be '(standard input)'
    }
}
