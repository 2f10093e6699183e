BeforeAll {
    . $PSScriptRoot/Shared.ps1
    "environment: shop`nservices: { api: { env: api.env } }" | Set-Content "$folder/ops.yaml"
    $before = "# kept`nexport PW='pass word 1' # why`nB=2`n"
    $before | Set-Content -NoNewline "$folder/api.env"
    $next = ConvertTo-SecureString 'next secret 2' -AsPlainText
}

Describe 'Set-OpsEnvFileValue' {
    It 'shows what it would do, and not the value' {
        $plan = Set-OpsEnvFileValue "$folder/api.env" PW $next -WhatIf -Environment $folder
        $plan.Summary | Should -BeLike "*PW in *api.env*"
        $plan | ConvertTo-Json -Depth 6 | Should -Not -BeLike '*next secret*'
        Get-Content -Raw "$folder/api.env" | Should -BeExactly $before
    }

    It 'changes that value alone, and is taken back' {
        $made = Set-OpsEnvFileValue "$folder/api.env" PW $next -Environment $folder
        $made.Written | Should -Be Replaced
        Get-Content -Raw "$folder/api.env" | Should -BeExactly $before.Replace('pass word 1', 'next secret 2')
        Set-OpsEnvFileValue "$folder/api.env" PW $next -Environment $folder | Should -BeNullOrEmpty
        $null = Undo-OpsChange -Id (Get-OpsChange -Environment $folder | Where-Object Action -EQ Set-OpsEnvFileValue).Id -Confirm:$false -Environment $folder
        Get-Content -Raw "$folder/api.env" | Should -BeExactly $before
    }

    It 'takes a value from a file, and refuses one that no file carries' {
        "from a file`n" | Set-Content -NoNewline "$folder/value"
        $null = Set-OpsEnvFileValue "$folder/api.env" NEW -ValueFile "$folder/value" -Environment $folder
        Get-OpsEnvFileValue "$folder/api.env" NEW -AsPlainText -Environment $folder | Should -BeExactly 'from a file'
        $odd = ConvertTo-SecureString 'a\\b$c' -AsPlainText
        { Set-OpsEnvFileValue "$folder/api.env" PW $odd -Environment $folder -ErrorAction Stop } | Should -Throw -ErrorId 'SecretValueNotCarried*'
    }
}
