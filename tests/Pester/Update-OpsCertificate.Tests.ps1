BeforeAll {
    . $PSScriptRoot/Shared.ps1
    . $PSScriptRoot/Certificates.ps1
    "environment: seen`ncertificates: { shop: { endpoint: '127.0.0.1:1', file: shop.pem, config: certbot } }" | Set-Content "$folder/ops.yaml"
    New-Certificate "$folder/shop.pem"
    $null = New-Item -ItemType Directory "$folder/certbot/live/shop"
}

Describe 'Update-OpsCertificate' {
    It 'looks at certificates that are due and changes nothing with -WhatIf' {
        $plan = Update-OpsCertificate -Environment $folder -WhatIf
        $plan.Kind | Should -Be 'certificate.update'
        $plan.Steps.Name | Should -Be 'check', 'keep', 'renew', 'test', 'reload', 'prove'
        "$folder/.ops" | Should -Not -Exist
    }

    It 'plans to revoke the old certificate of a key that others know, and needs its name' {
        $plan = Update-OpsCertificate shop -Compromised -Environment $folder -WhatIf
        $plan.Steps.Name | Should -Be 'check', 'keep', 'renew', 'test', 'reload', 'prove', 'revoke', 'forget'
        $plan.Irreversible | Should -BeTrue
        { Update-OpsCertificate -Compromised -Environment $folder -WhatIf -ErrorAction Stop } | Should -Throw '*none was named*'
        "$folder/.ops" | Should -Not -Exist
    }

    It 'keeps its plan in a file, and does nothing' {
        $null = Update-OpsCertificate -Environment $folder -PlanFile "$folder/plan.json"
        (Get-OpsPlan -Environment $folder -Path "$folder/plan.json").Holds | Should -BeTrue
        "$folder/.ops" | Should -Not -Exist
    }

    It 'is an error where no certificate is named' {
        'environment: none' | Set-Content "$folder/none.yaml"
        { Update-OpsCertificate -Environment "$folder/none.yaml" } | Should -Throw -ErrorId 'NoCertificates*'
    }
}
