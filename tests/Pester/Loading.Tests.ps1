# How the module is loaded: the code it takes, what lies in the session already, and what lies in its folder and does not fit.

BeforeAll {
    $script:module = (Resolve-Path "$PSScriptRoot/../../out/OpsModule").Path
    $script:pwsh = Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')
    $script:folder = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "ops-loading-$([guid]::NewGuid().ToString('n'))")).FullName
    $script:system = "linux-$("$([Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture)".ToLowerInvariant())"
    $script:other = $system -eq 'linux-x64' ? 'linux-arm64' : 'linux-x64'
    @'
environment: loading
databases: { main: { host: 127.0.0.1, port: 1, name: nowhere, user: nobody } }
backups: { stores: { local: { path: backups }, remote: { s3: none, endpoint: "http://127.0.0.1:1", region: none } } }
'@ | Set-Content "$folder/ops.yaml"
    $env:AWS_ACCESS_KEY_ID = $env:AWS_SECRET_ACCESS_KEY = 'none'

    function script:CopyModule([string] $Name) {
        Copy-Item -Recurse $module "$folder/$Name"
        "$folder/$Name"
    }

    function script:Cut($File, [long] $Length) {
        $stream = [IO.File]::OpenWrite($File)
        $stream.SetLength($Length)
        $stream.Dispose()
    }

    # An assembly of that name and version with a cmdlet, as somebody else's module would bring it.
    function script:Stranger([string] $Name, [string] $Version, [string] $Path) {
        $assembly = [Reflection.Emit.PersistedAssemblyBuilder]::new([Reflection.AssemblyName]"$Name, Version=$Version", [object].Assembly)
        $type = $assembly.DefineDynamicModule($Name).DefineType('GetOpsOld', 'Public', [Management.Automation.Cmdlet])
        $type.SetCustomAttribute([Reflection.Emit.CustomAttributeBuilder]::new([Management.Automation.CmdletAttribute].GetConstructors()[0], @('Get', 'OpsOld')))
        [void]$type.CreateType()
        $assembly.Save($Path)
    }

    # A fresh session; each of its lines.
    function script:Fresh([string] $Script) {
        Set-Content "$folder/fresh.ps1" "`$ErrorActionPreference = 'Stop'`n$Script"
        $said = @(& $pwsh -NoProfile -NonInteractive -File "$folder/fresh.ps1" 2>&1 | ForEach-Object { "$_" })
        $said + "exit code $LASTEXITCODE"
    }

    # Imports, reads an environment, and says what of the module was loaded from where.
    function script:Used([string] $Path) {
        Fresh @"
Import-Module '$Path/OpsModule.psd1'
(Get-OpsEnvironment '$folder/ops.yaml').Name
@(Get-OpsAttackRule log4*).Count -gt 0
[AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { -not `$_.IsDynamic -and `$_.Location.StartsWith('$Path') } | ForEach-Object { [IO.Path]::GetRelativePath('$Path', `$_.Location) }
"@
    }
}

AfterAll {
    $env:AWS_ACCESS_KEY_ID = $env:AWS_SECRET_ACCESS_KEY = $null
    Remove-Item -Recurse -Force $folder
}

Describe 'The code that is taken' {
    It 'is what was compiled ahead for this machine' {
        "$module/native/$system" | Should -Exist -Because 'the module must be built without OpsAhead=false'
        $used = Used $module
        $used | Should -Contain 'loading'
        $used | Should -Contain 'True'
        $used | Should -Contain "native/$system/OpsModule.dll"
        $used | Should -Contain "native/$system/OpsModule.Engine.dll"
        $used | Should -Contain "native/$system/YamlDotNet.dll"
        $used[-1] | Should -Be 'exit code 0'
    }

    It 'is the IL where it lies alone' {
        $path = CopyModule il
        Remove-Item -Recurse "$path/native"
        $used = Used $path
        $used | Should -Contain 'loading'
        $used | Should -Contain 'True'
        $used | Should -Contain 'OpsModule.dll'
        $used | Should -Contain 'deps/OpsModule.Engine.dll'
        $used[-1] | Should -Be 'exit code 0'
    }

    It 'is the IL where the code is <Name>' -ForEach @(
        @{ Name = 'for another processor'; Spoil = { param($path) Remove-Item -Recurse "$path/native/$system"; Move-Item "$path/native/$other" "$path/native/$system" } }
        @{ Name = 'cut off'; Spoil = { param($path) Get-ChildItem "$path/native/$system" | ForEach-Object { Cut $_ 3000 } } }
        @{ Name = 'cut off near its end'; Spoil = { param($path) Get-ChildItem "$path/native/$system" | ForEach-Object { Cut $_ ($_.Length - 600) } } }
        @{ Name = 'no code at all'; Spoil = { param($path) Get-ChildItem "$path/native/$system" | Set-Content -Value 'something else' } }
        @{ Name = 'of another build'; Spoil = {
                param($path)
                foreach ($file in Get-ChildItem "$path/native/$system") {
                    # The id of the build stands in the file once, as it does in the IL.
                    $il = ($file.Name -eq 'OpsModule.dll') ? "$path/OpsModule.dll" : "$path/deps/$($file.Name)"
                    $reader = [Reflection.PortableExecutable.PEReader]::new([IO.File]::OpenRead($il))
                    $metadata = [Reflection.Metadata.PEReaderExtensions]::GetMetadataReader($reader)
                    $text = [Text.Encoding]::Latin1.GetString($metadata.GetGuid($metadata.GetModuleDefinition().Mvid).ToByteArray())
                    $reader.Dispose()
                    $code = [Text.Encoding]::Latin1.GetString([IO.File]::ReadAllBytes($file))
                    $code.Contains($text, 'Ordinal') | Should -BeTrue
                    [IO.File]::WriteAllBytes($file, [Text.Encoding]::Latin1.GetBytes($code.Replace($text, [Text.Encoding]::Latin1.GetString([guid]::NewGuid().ToByteArray()), 'Ordinal')))
                }
            }
        }
    ) {
        $path = CopyModule "spoilt-$($Name -replace ' ')"
        & $Spoil $path
        $used = Used $path
        $used | Should -Contain 'loading'
        $used | Should -Contain 'OpsModule.dll'
        $used | Should -Contain 'deps/OpsModule.Engine.dll'
        $used | Where-Object { $_ -like 'native/*' } | Should -BeNullOrEmpty
        $used[-1] | Should -Be 'exit code 0'
        Remove-Item -Recurse $path
    }

    It 'lies for both processors in the folder, and nowhere but there' {
        (Get-ChildItem "$module/native").Name | Should -Be 'linux-arm64', 'linux-x64'
        $il = @(Get-ChildItem "$module/deps" -Name) + 'OpsModule.dll' | Sort-Object
        foreach ($name in 'linux-x64', 'linux-arm64') { Get-ChildItem "$module/native/$name" -Name | Sort-Object | Should -Be $il }
        foreach ($file in Get-ChildItem "$module/*.dll", "$module/deps/*.dll") {
            $reader = [Reflection.PortableExecutable.PEReader]::new([IO.File]::OpenRead($file))
            $reader.PEHeaders.CorHeader.ManagedNativeHeaderDirectory.Size -eq 0 | Should -BeTrue -Because "$($file.Name) must run everywhere"
            $reader.Dispose()
        }
    }
}

Describe 'A session that holds something already' {
    It 'another version of each library: the module takes its own' {
        $own = Get-ChildItem "$module/deps/*.dll" | Where-Object Name -NotLike 'OpsModule*'
        New-Item -ItemType Directory "$folder/theirs" | Out-Null
        # What PowerShell and .NET bring themselves is another version by itself, and cannot be replaced.
        $brought = "$([AppContext]::GetData('TRUSTED_PLATFORM_ASSEMBLIES'))".Split([IO.Path]::PathSeparator) | ForEach-Object { [IO.Path]::GetFileName($_) }
        $theirs = foreach ($file in $own | Where-Object Name -NotIn $brought) {
            Stranger $file.BaseName 99.0.0.0 "$folder/theirs/$($file.Name)"
            "$folder/theirs/$($file.Name)"
        }
        $theirs.Count | Should -BeGreaterThan 3
        $said = Fresh @"
foreach (`$file in '$($theirs -join "', '")') { [void][Reflection.Assembly]::LoadFrom(`$file).GetType('GetOpsOld', `$true) }
@([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Version.Major -eq 99 }).Count
Import-Module '$module/OpsModule.psd1'
(Get-OpsEnvironment '$folder/ops.yaml').Name
try { Backup-OpsDatabase main -Environment '$folder/ops.yaml' } catch { `$_.FullyQualifiedErrorId }
try { Get-OpsBackup -Store remote -Environment '$folder/ops.yaml' } catch { `$_.FullyQualifiedErrorId }
# Who takes the connection and says nothing: the library is asked all the same.
`$silent = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
`$silent.Start()
Set-Content '$folder/cache.yaml' "environment: loading`ncaches: { main: { host: 127.0.0.1, port: `$(`$silent.LocalEndpoint.Port) } }"
(Test-OpsHealth -Check cache.connect -Timeout 5s -Environment '$folder/cache.yaml').Message
[AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { -not `$_.IsDynamic -and `$_.Location.StartsWith('$module') -and `$_.GetName().Name -ne 'OpsModule' -and `$_.GetName().Name -notlike 'OpsModule.Loader*' } |
    ForEach-Object { "`$([Runtime.Loader.AssemblyLoadContext]::GetLoadContext(`$_).Name) has `$(`$_.GetName().Name)" }
"@
        $said[-1] | Should -Be 'exit code 0' -Because ($said -join "`n")
        $said[0] | Should -Be "$($theirs.Count)"
        $said | Should -Contain 'loading'
        $said -match '^DatabaseUnreachable' | Should -Not -BeNullOrEmpty -Because ($said -join "`n")
        $said -match '^Store' | Should -Not -BeNullOrEmpty -Because ($said -join "`n")
        $said -match 'gave no answer' | Should -Not -BeNullOrEmpty -Because ($said -join "`n")
        foreach ($name in 'Npgsql', 'YamlDotNet', 'AWSSDK.Core', 'AWSSDK.S3', 'StackExchange.Redis', 'RESPite') { $said | Should -Contain "OpsModule has $name" }
        $said -match ' has ' | Where-Object { $_ -notlike 'OpsModule has *' } | Should -BeNullOrEmpty
    }

    It 'this module of another version: one line says so, and nothing is half loaded' {
        $old = (New-Item -ItemType Directory "$folder/old/OpsModule").FullName
        Stranger OpsModule 0.0.1.0 "$old/OpsModule.dll"
        "@{ ModuleVersion = '0.0.1'; RootModule = 'OpsModule.dll'; CmdletsToExport = @('Get-OpsOld') }" | Set-Content "$old/OpsModule.psd1"
        $said = Fresh @"
Import-Module '$old/OpsModule.psd1'
try { Import-Module '$module/OpsModule.psd1' } catch { `$_.FullyQualifiedErrorId; "`$_" }
(Get-Module OpsModule).Version.ToString()
(Get-Command Get-OpsOld).Name
@(Get-Command Get-OpsBackup -ErrorAction Ignore).Count
"@
        $said[0] | Should -BeLike 'OtherModuleLoaded*'
        $said[1] | Should -BeLike "OpsModule 0.0.1 of $old is loaded in this session already*start a new session*"
        $said[2..5] | Should -Be '0.0.1', 'Get-OpsOld', '0', 'exit code 0'
    }

    It 'this module, which is removed, imported anew, forced, and used by another runspace' {
        $said = Fresh @"
Import-Module '$module/OpsModule.psd1'
Remove-Module OpsModule
Import-Module '$module/OpsModule.psd1'
Import-Module '$module/OpsModule.psd1' -Force
`$shell = [powershell]::Create()
(`$shell.AddScript("Import-Module '$module/OpsModule.psd1'; (Get-OpsEnvironment '$folder/ops.yaml').Name; Remove-Module OpsModule").Invoke())
(Get-OpsEnvironment '$folder/ops.yaml').Name
"@
        $said | Should -Be 'loading', 'loading', 'exit code 0'
    }
}
