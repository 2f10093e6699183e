BeforeAll {
    . $PSScriptRoot/Shared.ps1
    # A title, a cleared screen, C1, a turned direction, an invisible end of line.
    $hostile = [char]27 + ']0;x' + [char]7 + [char]27 + '[2J' + [char]0x9b + '2J' + [char]0x202e + [char]0x2028 + [char]0x200b + [char]0xfeff
    $steers = '\u001b[^\[]|\u001b\[[0-9;]*[^0-9;m]|[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]'
    "203.0.113.7 - x$hostile [21/Nov/2026:03:16:00 +0000] `"GET /a?q=1'+union+select+2-- HTTP/1.1`" 200 9 `"-`" `"agent$hostile`"", "2026-11-21T03:16:01Z ERROR $hostile `${jndi:ldap://x/a}" | Set-Content "$folder/a.log"
}

Describe 'What strangers write' {
    It 'steers no terminal, in tables, lists, raw lines and errors' {
        $shown = @(
            Find-OpsAttackPattern -Path "$folder/a.log" | Format-Table | Out-String
            Find-OpsAttackPattern -Path "$folder/a.log" | Format-List | Out-String
            Measure-OpsAttack -Path "$folder/a.log" | Out-String
            Get-OpsLog -Path "$folder/a.log" | Out-String
            Get-OpsLog -Path "$folder/a.log" | Format-List | Out-String
            Get-OpsLog -Path "$folder/a.log" -Raw | Out-String
            try { Get-OpsLog -Path "$folder/none$hostile.log" -ErrorAction Stop } catch { $_ | Out-String; $_.CategoryInfo.TargetName; $_.Exception.Message }
        ) -join "`n"
        $shown | Should -Match 'jndi'
        $shown | Should -Match 'none'
        [regex]::Matches($shown, $steers).Count | Should -Be 0
    }

    It 'stays as it is in objects and files' {
        Get-OpsLog -Path "$folder/a.log" -Raw | Set-Content "$folder/b.log"
        Get-Content -Raw "$folder/b.log" | Should -BeExactly (Get-Content -Raw "$folder/a.log")
        (Get-OpsLog -Path "$folder/a.log" -Raw | Select-Object -First 1) | Should -BeOfType [string]
    }
}
