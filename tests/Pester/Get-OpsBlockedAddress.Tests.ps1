BeforeAll {
    . $PSScriptRoot/Shared.ps1
    'deny 203.0.113.7; # 2 matches', '    deny  2001:db8::/32;', 'allow 198.51.100.1;', 'deny all;' | Set-Content "$folder/blocked.conf"
}

Describe 'Get-OpsBlockedAddress' {
    It 'shows what a file of nginx denies, with its age and why' {
        $found = @(Get-OpsBlockedAddress -Source Nginx -Path "$folder/blocked.conf")
        $found | ForEach-Object Address | Should -Be '203.0.113.7', '2001:db8::/32'
        $found[0].Reason | Should -Be '2 matches'
        $found[0].Age | Should -BeLessThan ([timespan]'01:00:00')
        $found[1].Count | Should -Be 2
    }

    It 'counts each source, and finds nothing unusual while little is known' {
        $count = Get-OpsBlockedAddress -Source Nginx -Path "$folder/blocked.conf" -Summary
        $count.Count | Should -Be 2
        $count.Finding | Should -BeNullOrEmpty
    }

    It 'says which file is missing' {
        $errors = $null
        Get-OpsBlockedAddress -Source Nginx -ErrorVariable errors -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'BlockedUnread*'
    }
}
