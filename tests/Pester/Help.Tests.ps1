# What Get-Help says, and that the pages of docs/cmdlets say the same.

BeforeDiscovery {
    $names = (Import-PowerShellDataFile "$PSScriptRoot/../../OpsModule.psd1").CmdletsToExport
}

BeforeAll {
    $script:root = (Resolve-Path "$PSScriptRoot/../..").Path
    $script:configuration = $env:OPS_CONFIGURATION ?? 'Release'
    $script:folder = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "ops-help-$([guid]::NewGuid().ToString('n'))")).FullName
    Import-Module "$root/out/OpsModule/OpsModule.psd1" -Force

    function script:WriteHelp([string] $Kind, [string] $Module, [string] $Other) {
        & dotnet "$root/tools/OpsModule.Help/bin/$configuration/net10.0/OpsModule.Help.dll" $Kind $Module "$root/src/OpsModule/bin/$configuration/net8.0/OpsModule.xml" $Other
        $LASTEXITCODE | Should -Be 0
    }
}

AfterAll {
    Remove-Item -Recurse -Force $folder
}

Describe 'Help of <_>' -ForEach $names {
    BeforeAll {
        $script:help = Get-Help $_ -Full
        $script:command = Get-Command $_
        $script:common = [Management.Automation.PSCmdlet]::CommonParameters + [Management.Automation.PSCmdlet]::OptionalCommonParameters | Where-Object { $_ -notin 'WhatIf', 'Confirm' }
        $script:own = $command.Parameters.Values | Where-Object Name -NotIn $common
    }

    It 'says in a sentence what it is for' {
        $help.Synopsis.Trim() | Should -Match '^[A-Z].+\.$'
        $help.Synopsis.Trim() | Should -Not -BeLike "$_ *"
    }

    It 'has every parameter, with -WhatIf and -Confirm, described' {
        @($help.parameters.parameter.name) | Sort-Object | Should -Be @($own.Name | Sort-Object)
        foreach ($parameter in $help.parameters.parameter) { $parameter.description.Text.Trim() | Should -Match '\.$' -Because "-$($parameter.name) is to be described" }
        $syntax = $help.syntax | Out-String -Width 4000
        foreach ($parameter in $own) { $syntax | Should -Match "-$($parameter.Name)\b" }
    }

    It 'says the default of each parameter that has one' {
        $new = [Activator]::CreateInstance($command.ImplementingType)
        foreach ($parameter in $own | Where-Object { $_.Name -notin 'WhatIf', 'Confirm' -and -not ($_.Attributes | Where-Object Mandatory) }) {
            $value = $new.($parameter.Name)
            if ($null -eq $value -or $value -is [switch] -or $value -is [bool] -or "$value" -eq '' -or $value -eq [timespan]::Zero) { continue }
            $said = ($help.parameters.parameter | Where-Object name -EQ $parameter.Name).defaultValue
            $said | Should -Not -BeIn 'None', '' -Because "-$($parameter.Name) begins as $value"
            if ($value -is [int] -or $value -is [enum]) { $said | Should -Be "$value" }
            if ($value -is [timespan]) { $said | Should -Match '^(\d+(ms|[dhms]))+$' }
        }
        if ($new -is [IDisposable]) { $new.Dispose() }
    }

    It 'says which parameters take wildcards' {
        $wild = @($own | Where-Object { $_.Attributes | Where-Object { $_ -is [SupportsWildcards] } } | ForEach-Object Name | Sort-Object)
        @($help.parameters.parameter | Where-Object globbing -EQ 'true' | ForEach-Object name | Sort-Object) | Should -Be $wild
    }

    It 'says what can be piped in, and what comes out' {
        $piped = $own | Where-Object { $_.Attributes | Where-Object ValueFromPipeline }
        @($help.inputTypes.inputType | Where-Object { $_ }).Count -gt 0 | Should -Be ([bool]$piped)
        @($help.returnValues.returnValue.type.name | Where-Object { $_ }).Count | Should -Be $command.OutputType.Count
    }

    It 'has examples that PowerShell can read, each with the cmdlet in one of its forms and a remark' {
        @($help.examples.example).Count | Should -BeGreaterThan 0
        foreach ($example in $help.examples.example) {
            $problems = $null
            $tree = [Management.Automation.Language.Parser]::ParseInput($example.code, [ref]$null, [ref]$problems)
            $problems | Should -BeNullOrEmpty -Because $example.code
            $calls = $tree.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true)
            $called = foreach ($call in $calls) { $call.GetCommandName() }
            $called | Should -Contain $_ -Because $example.code
            foreach ($call in $calls | Where-Object { $_.GetCommandName() -match '^\w+-Ops' }) {
                $known = (Get-Command $call.GetCommandName()).Parameters.Values
                foreach ($given in $call.CommandElements | Where-Object { $_ -is [Management.Automation.Language.CommandParameterAst] }) {
                    $known | Where-Object { $_.Name -like "$($given.ParameterName)*" -or $_.Aliases -contains $given.ParameterName } | Should -Not -BeNullOrEmpty -Because "$($call.Extent.Text) has -$($given.ParameterName)"
                }
            }
            $example.remarks[0].Text | Should -Not -BeNullOrEmpty -Because $example.code
        }
    }

    It 'leads to its page, to its kin and to an about_ topic' {
        $links = @($help.relatedLinks.navigationLink)
        $links[0].uri | Should -BeLike "*docs/cmdlets/$_.md"
        "$root/docs/cmdlets/$_.md" | Should -Exist
        foreach ($link in $links | Select-Object -Skip 1) { Get-Help $link.linkText | Should -Not -BeNullOrEmpty }
    }
}

Describe 'Help as a whole' {
    It 'separates examples by a blank line' {
        $text = Get-Help Get-OpsBackup -Examples | Out-String
        $text | Should -Match '\n\s*\n\s*Example 2'
    }

    It 'has the topic <_>' -ForEach 'about_OpsModule', 'about_OpsEnvironment', 'about_OpsRunbooks', 'about_OpsSecrets' {
        $text = "$(Get-Help $_)"
        $text | Should -Match "(?s)^TOPIC\r?\n    $_\r?\n"
        $text.Length | Should -BeGreaterThan 2000
        (Get-Help "$($_)*").Synopsis | Should -Match '\w{3,}'
        $text -match '\]\(|\*\*|^\|' | Should -BeFalse -Because 'it is plain text'
        # What is named there must be there.
        foreach ($cmdlet in [regex]::Matches($text, '\b[A-Z][a-z]+-Ops[A-Z]\w+').Value | Sort-Object -Unique) { Get-Command $cmdlet -ErrorAction Ignore | Should -Not -BeNullOrEmpty -Because $cmdlet }
    }

    It 'becomes an address for -Online where the manifest says where the repository is' {
        $copy = "$folder/OpsModule"
        Copy-Item -Recurse "$root/out/OpsModule" $copy
        Remove-Item -Recurse "$copy/en-US", "$copy/native" -ErrorAction Ignore
        (Get-Content -Raw "$copy/OpsModule.psd1") -replace 'PSData = @\{', "PSData = @{`n ProjectUri = 'https://repository.example/ops/'" | Set-Content "$copy/OpsModule.psd1"
        WriteHelp help $copy "$root/docs/concepts"
        [xml]$written = Get-Content -Raw "$copy/en-US/OpsModule.dll-Help.xml"
        $address = $written.SelectNodes("//*[local-name()='command']").Where({ $_.details.name -eq 'Get-OpsBackup' }).relatedLinks.navigationLink[0].uri
        $address | Should -Be 'https://repository.example/ops/docs/cmdlets/Get-OpsBackup.md'
    }

    It 'is what the pages of docs/cmdlets say' {
        WriteHelp pages "$root/out/OpsModule" "$folder/pages"
        Get-ChildItem "$root/docs/cmdlets" -Name | Sort-Object | Should -Be (Get-ChildItem "$folder/pages" -Name | Sort-Object)
        foreach ($page in Get-ChildItem "$folder/pages") {
            Get-Content -Raw "$root/docs/cmdlets/$($page.Name)" | Should -BeExactly (Get-Content -Raw $page.FullName) -Because "$($page.Name) is old: dotnet build src/OpsModule -t:WritePages"
        }
    }
}
