BeforeAll {
    . $PSScriptRoot/Shared.ps1
    "environment: shop`nservices: { api: { env: api.env } }" | Set-Content "$folder/ops.yaml"
    "PW='pass word 1'`nCOPY='pass word 1'`nOTHER=x`n" | Set-Content -NoNewline "$folder/api.env"
}

Describe 'Get-OpsEnvFileValue' {
    It 'gives keys with fingerprints, services and sealed values' {
        $all = Get-OpsEnvFileValue "$folder/api.env" -Environment $folder
        $all.Key | Should -Be PW, COPY, OTHER
        $all[0].Fingerprint | Should -Be $all[1].Fingerprint
        $all[0].Services | Should -Be api
        $all[0].Value | Should -BeOfType securestring
        ($all | Out-String) + ($all | Format-List * | Out-String) + ($all | ConvertTo-Json) | Should -Not -BeLike '*pass word*'
        [System.Management.Automation.PSSerializer]::Serialize($all) | Should -Not -BeLike '*<SS*'
    }

    It 'gives text where it is asked for' {
        Get-OpsEnvFileValue "$folder/api.env" P* -AsPlainText -Environment $folder | Should -BeExactly 'pass word 1'
    }

    It 'fails for a key that is not there, and goes on' {
        $found = Get-OpsEnvFileValue "$folder/api.env" NONE, OTHER -Environment $folder -ErrorAction SilentlyContinue -ErrorVariable failed
        $found.Key | Should -Be OTHER
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'EnvFileKeyMissing*'
        { Get-OpsEnvFileValue "$folder/none.env" -Environment $folder -ErrorAction Stop } | Should -Throw -ErrorId 'OperatedFileMissing*'
    }
}
