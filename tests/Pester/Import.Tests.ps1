BeforeAll { . $PSScriptRoot/Shared.ps1 }

Describe 'The module' {
    It 'imports' {
        $took = & $pwsh -NoProfile -Command "(Measure-Command { Import-Module '$manifest' }).TotalMilliseconds"
        Write-Host "    import took $([int][double]$took) ms"
        Get-Module OpsModule | Should -Not -BeNullOrEmpty
    }

    It 'exports exactly what its manifest lists' {
        $listed = (Import-PowerShellDataFile $manifest).CmdletsToExport
        (Get-Command -Module OpsModule).Name | Sort-Object | Should -Be ($listed | Sort-Object)
        $module = Get-Module OpsModule
        $module.ExportedFunctions.Count + $module.ExportedAliases.Count + $module.ExportedVariables.Count | Should -Be 0
    }

    It 'keeps its libraries in a load context of their own' {
        'environment: here' | Set-Content "$folder/ops.yaml"
        Get-OpsEnvironment -Path $folder | Out-Null
        $ours = 'OpsModule.Connections', 'OpsModule.Engine', 'OpsModule.Foundations', 'YamlDotNet'
        $loaded = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -in $ours }
        $loaded.ForEach({ $_.GetName().Name }) | Sort-Object -Unique | Should -Be $ours
        $loaded.ForEach({ [Runtime.Loader.AssemblyLoadContext]::GetLoadContext($_).Name }) | Sort-Object -Unique | Should -Be 'OpsModule'
    }
}

Describe 'These tests' {
    It 'have a file for each cmdlet, and none for a cmdlet that is gone' {
        $listed = (Import-PowerShellDataFile $manifest).CmdletsToExport
        $files = (Get-ChildItem $PSScriptRoot -Filter '*-Ops*.Tests.ps1').Name -replace '\.Tests\.ps1$'
        $listed | Where-Object { $_ -notin $files } | Should -BeNullOrEmpty -Because 'every exported cmdlet is tried as its user meets it'
        $files | Where-Object { $_ -notin $listed } | Should -BeNullOrEmpty
    }

    It 'call the cmdlet that their file is named after: <_>' -ForEach @((Get-ChildItem $PSScriptRoot -Filter '*-Ops*.Tests.ps1').FullName) {
        $cmdlet = (Split-Path -Leaf $_) -replace '\.Tests\.ps1$'
        $calls = [Management.Automation.Language.Parser]::ParseFile($_, [ref]$null, [ref]$null).FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true)
        @($calls | Where-Object { $_.GetCommandName() -eq $cmdlet }).Count | Should -BeGreaterThan 0
    }

    It 'all belong to an area that can be proved' {
        . "$root/build/Proofs.ps1"
        $tests = "$root/tests/OpsModule.Engine.Tests"
        $there = @((Get-ChildItem $tests -Directory | Where-Object Name -NotIn 'bin', 'obj', 'TestResults').Name; (Get-ChildItem $tests -Filter *.cs).BaseName)
        $there | Sort-Object | Should -Be ($ProofAreas.Values | ForEach-Object { $_ } | Sort-Object)
    }
}
