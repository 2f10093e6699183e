BeforeAll { . $PSScriptRoot/Shared.ps1 }

Describe 'Measure-OpsAttack' {
    It 'sums up attacks, with an allow-list and rates' {
        $lines = 0..11 | ForEach-Object { '203.0.113.7 - - [21/Nov/2026:03:16:{0:00} +0000] "POST /login HTTP/1.1" 401 9' -f $_ }
        $lines + '198.51.100.9 - - [21/Nov/2026:03:17:00 +0000] "GET /a?id=1%27+union+select+1,2 HTTP/1.1" 200 9' | Set-Content "$folder/sums.log"
        $alone = Measure-OpsAttack -Path "$folder/sums.log"
        $alone.Matches | Should -Be 13
        $alone.Bursts.Rule | Should -Contain 'brute-force'
        (Find-OpsAttackPattern -Path "$folder/sums.log" | Measure-OpsAttack).Matches | Should -Be 13
        (Measure-OpsAttack -Path "$folder/sums.log" -By Address -Top 1).Value | Should -Be '203.0.113.7'
        $less = Measure-OpsAttack -Path "$folder/sums.log" -Allow 203.0.113.0/24
        $alone.Addresses[0].Value | Should -Be '203.0.113.7'
        $less.Matches, $less.Suppressed, $less.Suppressions[0].Count | Should -Be 1, 12, 12
        $told = Find-OpsAttackPattern -Path "$folder/sums.log" -Allow 203.0.113.0/24, path:/never -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }
        "$told" | Should -BeLike '*12 matches pass: address:203.0.113.0/24*let nothing pass: path:/never*'
        @(Find-OpsAttackPattern -Path "$folder/sums.log" -Allow 203.0.113.0/24 -IncludeAllowed | Where-Object AllowedBy).Count | Should -Be 12
    }
}
