BeforeAll {
    . $PSScriptRoot/Shared.ps1
    @'
environment: shop
schedule:
  nightly: { at: "0 2 * * *", run: "Get-Date" }
  weekly: { at: "0 3 * * 0", run: "Get-Date" }
'@ | Set-Content "$folder/ops.yaml"
}

Describe 'Get-OpsSchedule' {
    It 'shows when each entry runs next, and that none was due yet' {
        $all = Get-OpsSchedule -Environment $folder
        $all.Name | Should -Be 'nightly', 'weekly'
        "$($all[0].Status)" | Should -Be 'Waiting'
        $all[0].Next.UtcDateTime.Hour | Should -Be 2
        $all[0].PSTypeNames[0] | Should -Be 'OpsModule.Schedule'
    }

    It 'takes names with wildcards, whatever their case, and says which there are' {
        (Get-OpsSchedule N* -Environment $folder).Name | Should -Be 'nightly'
        { Get-OpsSchedule nihgtly -Environment $folder -ErrorAction Stop } | Should -Throw '*Did you mean nightly?*'
    }

    It 'shows a good run, and passes Assert-OpsResult after it' {
        $null = Invoke-OpsSchedule nightly -Environment $folder
        $nightly = Get-OpsSchedule nightly -Environment $folder | Assert-OpsResult
        "$($nightly.Status)" | Should -Be 'OnTime'
        (Get-OpsChange -Id $nightly.Change -Environment $folder).Action | Should -Be 'Invoke-OpsSchedule'
    }
}
