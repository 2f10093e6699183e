# The package: what is in it, and that a user who has nothing else installs it and makes a backup.

BeforeAll {
    $script:root = (Resolve-Path "$PSScriptRoot/../..").Path
    $script:pwsh = Join-Path $PSHOME pwsh
    $script:folder = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "ops-package-$([guid]::NewGuid().ToString('n'))")).FullName
    & chmod 755 $folder
    New-Item -ItemType Directory "$folder/package", "$folder/repository", "$folder/home" | Out-Null
    $script:package = & "$root/build/pack.ps1" -Destination "$folder/package"

    # A session of somebody with an empty profile: its lines, then its exit code.
    function script:Elsewhere([string] $Script) {
        Set-Content "$folder/session.ps1" "`$ErrorActionPreference = 'Stop'`n`$ProgressPreference = 'SilentlyContinue'`n$Script"
        $said = @(& env -u PSModulePath -u XDG_DATA_HOME -u XDG_CONFIG_HOME -u XDG_CACHE_HOME "HOME=$folder/home" `
                $pwsh -NoProfile -NonInteractive -File "$folder/session.ps1" 2>&1 | ForEach-Object { "$_" })
        $said + "exit code $LASTEXITCODE"
    }

    # PostgreSQL refuses to run as root.
    function script:AsPostgres([string[]] $Command) {
        Push-Location $folder/server
        try {
            if ((& id -u) -eq 0) { & setpriv --reuid=postgres --regid=postgres --clear-groups @Command *> "$folder/log" }
            else { & $Command[0] @($Command | Select-Object -Skip 1) *> "$folder/log" }
            $LASTEXITCODE | Should -Be 0 -Because (Get-Content -Raw "$folder/log")
        }
        finally { Pop-Location }
    }

    $script:server = (New-Item -ItemType Directory "$folder/server").FullName
    if ((& id -u) -eq 0) { & chown postgres: $server }
    $script:binaries = (Get-ChildItem /usr/lib/postgresql/*/bin -Directory | Sort-Object { [int]$_.Parent.Name } | Select-Object -Last 1).FullName
    AsPostgres "$binaries/initdb", '-D', "$server/data", '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N'
    AsPostgres "$binaries/pg_ctl", '-D', "$server/data", '-l', "$server/server.log", '-w', '-o', "-k $server -p 5432 -c listen_addresses= -F", 'start'
    AsPostgres "$binaries/psql", '-h', $server, '-p', '5432', '-U', 'postgres', '-c', 'create database shop', '-c', '\c shop', '-c', 'create table orders as select n from generate_series(1, 1000) n'
    @"
environment: packaged
databases: { main: { host: "$server", name: shop, user: postgres } }
backups: { stores: { local: { path: "$folder/backups" } } }
"@ | Set-Content "$folder/ops.yaml"
}

AfterAll {
    if (Test-Path "$server/data/postmaster.pid") { AsPostgres "$binaries/pg_ctl", '-D', "$server/data", '-m', 'immediate', '-w', 'stop' }
    Remove-Item -Recurse -Force $folder
}

Describe 'The package' {
    BeforeAll {
        Expand-Archive $package "$folder/inside"
        $script:about = ([xml](Get-Content -Raw "$folder/inside/OpsModule.nuspec")).package.metadata
    }

    It 'is named after the version of the manifest' {
        $package.Name | Should -Be "OpsModule.$((Import-PowerShellDataFile "$root/OpsModule.psd1").ModuleVersion).nupkg"
    }

    It 'says what is new, whose it is, and where it runs' {
        $about.releaseNotes.Length | Should -BeGreaterThan 100
        ($about.releaseNotes -split '\r?\n')[-1].Trim() | Should -BeIn ((Get-Content "$root/CHANGELOG.md").Trim())
        $about.tags -split ' ' | Should -Contain 'PSEdition_Core'
        foreach ($tag in 'Linux', 'Windows', 'MacOS') { $about.tags -split ' ' | Should -Contain $tag }
        $about.licenseUrl | Should -Not -BeNullOrEmpty
    }

    It 'has the licence, and that of everything in it' {
        Get-Content -Raw "$folder/inside/LICENSE" | Should -BeExactly (Get-Content -Raw "$root/LICENSE")
        $notices = Get-Content -Raw "$folder/inside/THIRD-PARTY-NOTICES"
        # A package may have another name than what is in it.
        $packages = (Get-Content -Raw "$root/src/OpsModule/packages.lock.json" | ConvertFrom-Json -AsHashtable).dependencies.Values.Keys | Select-Object -Unique
        $home1 = $env:NUGET_PACKAGES ?? "$HOME/.nuget/packages"
        foreach ($file in Get-ChildItem "$folder/inside/deps/*.dll" | Where-Object Name -NotLike 'OpsModule*') {
            $from = $packages | Where-Object { Get-ChildItem "$home1/$($_.ToLowerInvariant())/*/lib/*/$($file.Name)" -ErrorAction Ignore }
            $from | Should -Not -BeNullOrEmpty -Because $file.Name
            @($from | Where-Object { $notices -match "(?m)^$([regex]::Escape($_)) \d+\.\d+" }) | Should -Not -BeNullOrEmpty -Because $file.Name
        }
        foreach ($text in 'Apache License', 'Permission is hereby granted, free of charge', 'Redistribution and use in source and binary forms', 'without a written') { $notices | Should -Match $text }
        $notices | Should -Not -Match ([regex]::Escape($root))
    }

    It 'has all that the manifest names' {
        $manifest = Test-ModuleManifest "$folder/inside/OpsModule.psd1"
        foreach ($file in (Import-PowerShellDataFile "$folder/inside/OpsModule.psd1").FormatsToProcess + 'rules/sql-injection.yaml', 'en-US/OpsModule.dll-Help.xml', 'en-US/about_OpsModule.help.txt') { "$folder/inside/$file" | Should -Exist }
        $manifest.ReleaseNotes | Should -Not -BeNullOrEmpty
    }
}

Describe 'Somebody who installs it' {
    It 'finds and installs it, and makes and tests a backup in a session that has imported nothing' {
        $said = Elsewhere @"
Register-PSResourceRepository -Name here -Uri '$folder/repository' -Trusted
Publish-PSResource -NupkgPath '$package' -Repository here
(Find-PSResource OpsModule -Repository here).Version.ToString()
Install-PSResource OpsModule -Repository here -Scope CurrentUser -TrustRepository
(Get-PSResource OpsModule).InstalledLocation
(Find-PSResource -CommandName Restore-OpsDatabase -Repository here).ParentResource.Name
"@
        $said[-1] | Should -Be 'exit code 0' -Because ($said -join "`n")
        $said[1] | Should -BeLike "$folder/home/*"
        $said[2] | Should -Be 'OpsModule'

        $said = Elsewhere @"
`$record = Backup-OpsDatabase main -Environment '$folder/ops.yaml'
(Get-Module OpsModule).ModuleBase
`$record.Name
(`$record | Test-OpsBackup -Environment '$folder/ops.yaml' -Level Structure).Passed
(Get-Help Get-OpsBackup).Synopsis
"@
        $said[-1] | Should -Be 'exit code 0' -Because ($said -join "`n")
        $said[0] | Should -BeLike "$folder/home/.local/share/powershell/Modules/OpsModule/*"
        $said[1..2] | Should -Be 'main', 'True'
        $said[3] | Should -BeLike 'Lists backups*'
    }
}
