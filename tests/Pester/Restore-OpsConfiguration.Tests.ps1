BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-ConfiguredShop -Encrypted
    $made = Backup-OpsConfiguration -Environment $shop
}

Describe 'Restore-OpsConfiguration' {
    It 'shows a diff with -WhatIf, restores, and is taken back' {
        'broken' | Set-Content "$shop/app.env"
        $plan = $made | Restore-OpsConfiguration -Environment $shop -WhatIf
        "$($plan.Figures.Value)" | Should -Match '-broken'
        "$($plan.Figures.Value)" | Should -Not -Match 'Kq7v9X'
        Get-Content -Raw "$shop/app.env" | Should -Match 'broken'

        $done = $made | Restore-OpsConfiguration -Environment $shop -Confirm:$false
        $done.PSObject.TypeNames[0] | Should -Be 'OpsModule.ConfigurationRestore'
        $done.Restored | Should -Be 'app.env'
        Get-Content -Raw "$shop/app.env" | Should -Match 'PORT=4000'
        $null = Undo-OpsChange -Id $done.Change -Environment $shop -Confirm:$false
        Get-Content -Raw "$shop/app.env" | Should -Match 'broken'
    }

    It 'restores what a pattern means, and names one that means nothing' {
        'x' | Set-Content "$shop/conf/nginx.conf"
        'x' | Set-Content "$shop/app.env"
        (Restore-OpsConfiguration $made.Id -Include 'conf/*' -Environment $shop -Confirm:$false).Restored | Should -Be 'conf/nginx.conf'
        Get-Content "$shop/app.env" | Should -Be 'x'
        { Restore-OpsConfiguration $made.Id -Include nowhere -Environment $shop -ErrorAction Stop -WhatIf } | Should -Throw -ErrorId 'NothingMatches*'
    }

    It 'takes no backup of another kind' {
        { Restore-OpsConfiguration 20260101T000000Z-ffffff -Environment $shop -ErrorAction Stop -WhatIf } | Should -Throw -ErrorId 'BackupNotFound*'
    }
}
