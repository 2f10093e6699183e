# Rotation of a key of a Secret on a real Kubernetes 1.20 with a real kubelet (build/kubernetes): ./build.sh prove kubernetes.

BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $env:KUBECONFIG = $null

    # kubectl as the lab's admin, in a namespace of its own; what it says.
    function Use-Kubectl { & kubectl --kubeconfig=$env:KUBE_LAB_CONFIG --context=admin --namespace=audit @args 2>&1 | ForEach-Object ToString }

    # Makes objects of YAML.
    function New-Thing([string] $Yaml) {
        $file = Join-Path $TestDrive "$([guid]::NewGuid().ToString('n')).yaml"
        $Yaml | Set-Content $file
        $said = Use-Kubectl apply -f $file
        if ($LASTEXITCODE) { throw "$said" }
    }

    # A workload that shows in its log what it has, when it starts.
    function New-Workload([string] $Name, [string] $Kind, [string] $Has, [string] $Pod = '', [string] $Container = '') {
        New-Thing @"
apiVersion: apps/v1
kind: $Kind
metadata: { name: $Name }
spec:
  replicas: 2
  $($Kind -eq 'StatefulSet' ? "serviceName: $Name" : '')
  selector: { matchLabels: { app: $Name } }
  template:
    metadata: { labels: { app: $Name } }
    spec:
      terminationGracePeriodSeconds: 2
      $Pod
      containers:
      - name: app
        image: localhost/ops-box:1
        imagePullPolicy: IfNotPresent
        command: [sh, -c, 'trap "exit 0" TERM; echo has $Has; touch /tmp/ready; while :; do sleep 0.2; done']
        $Container
        readinessProbe: { exec: { command: [test, -f, /tmp/ready] }, periodSeconds: 1 }
        resources: { limits: { memory: 64Mi }, requests: { memory: 32Mi } }
"@
        $null = Wait-OpsService $Name -Healthy -Timeout 2m -Environment $audit
    }

    # Those that are being ended may be there for a while.
    function Get-LivingPod([string] $Service) {
        @((Get-OpsService $Service -Environment $audit).Instances | Where-Object State -NE Dead).Name
    }

    # That a rollout has ended, that no pod is left of those from before, and that all have the value.
    function Confirm-Replaced([string] $Reference, [string[]] $Before, [string] $Value) {
        $end = 'successfully rolled out|roll out complete|rolling update complete'
        "$(Use-Kubectl rollout status $Reference --timeout=1s)" | Should -Match $end
        $after = Get-LivingPod ($Reference -split '/')[1]
        $after | Should -HaveCount 2
        # A StatefulSet's have their names again.
        if ($Reference -like 'deployment/*') { $after | Where-Object { $_ -in $Before } | Should -BeNullOrEmpty }
        foreach ($pod in $after) { "$(Use-Kubectl logs $pod)" | Should -Be "has $Value" }
    }

    function Get-Key([string] $Key, [string] $Secret = 'audit-secrets') {
        [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String("$(Use-Kubectl get secret $Secret -o "jsonpath={.data.$Key}")"))
    }

    function Get-Version { "$(Use-Kubectl get secret audit-secrets -o 'jsonpath={.metadata.resourceVersion}')" }

    $null = & kubectl --kubeconfig=$env:KUBE_LAB_CONFIG create namespace audit 2>&1
    # In a folder of its own: beside it stands no file with the value, which would keep every rotation from it.
    $audit = "$((New-Item -ItemType Directory "$TestDrive/admin").FullName)/ops.yaml"
    $lab = "{ kubeconfig: $env:KUBE_LAB_CONFIG, context: admin,"
    $example = (Get-Content -Raw "$root/examples/rotate-secrets/cluster.yaml").Replace('{ context: prod,', $lab)
    $example | Set-Content $audit
    # Applied, as people do it: kubectl notes the value once more beside it.
    New-Thing "apiVersion: v1`nkind: Secret`nmetadata: { name: audit-secrets }`nstringData: { jwt-secret: first-jwt-secret, other: stays }"
    $reads = 'env: [ { name: VALUE, valueFrom: { secretKeyRef: { name: audit-secrets, key: KEY } } } ]'
    New-Workload api Deployment '$VALUE' -Container $reads.Replace('KEY', 'jwt-secret')
    New-Workload bystander Deployment '$VALUE' -Container $reads.Replace('KEY', 'other')
    New-Workload files StatefulSet '$(cat /s/jwt-secret)' -Pod 'volumes: [ { name: s, secret: { secretName: audit-secrets } } ]' `
        -Container 'volumeMounts: [ { name: s, mountPath: /s, readOnly: true } ]'
}

Describe 'examples/rotate-secrets.ps1 on a real cluster' {
    It 'refuses a plan when somebody has written the Secret since' {
        $null = Invoke-OpsSecretRotation jwt -PlanFile "$TestDrive/plan.json" -Environment $audit -WarningAction Ignore
        Get-Content -Raw "$TestDrive/plan.json" | Should -Not -Match 'first-jwt-secret'
        $null = Use-Kubectl patch secret audit-secrets -p '{"stringData":{"more":"by somebody"}}'
        $seen = Get-Version
        { Invoke-OpsPlan "$TestDrive/plan.json" -Environment $audit -Confirm:$false -WarningAction Ignore -ErrorAction Stop } |
            Should -Throw -ErrorId 'DriftDetected*'
        Get-Version | Should -Be $seen
    }

    It 'does not write one that somebody keeps' {
        $null = Use-Kubectl label secret audit-secrets app.kubernetes.io/managed-by=Helm
        $seen = Get-Version
        { Invoke-OpsSecretRotation jwt -Environment $audit -WarningAction Ignore -ErrorAction Stop } |
            Should -Throw -ErrorId 'ClusterSecretKept*'
        Get-Version | Should -Be $seen
        $null = Use-Kubectl label secret audit-secrets app.kubernetes.io/managed-by-
    }

    It 'writes the key alone, and restarts what mounts or reads it' {
        $api, $files, $bystander = 'api', 'files', 'bystander' | ForEach-Object { , (Get-LivingPod $_) }
        $result = & "$root/examples/rotate-secrets.ps1" -Environment $audit -Name jwt -Reason quarterly |
            Where-Object { $_.PSTypeNames[0] -eq 'OpsModule.RotationResult' }
        $result.Services | Sort-Object | Should -Be api, files
        "$($result.Outcome)" | Should -Be NotProven
        $now = Get-Key jwt-secret
        $now | Should -Match '^[A-Za-z0-9_-]{43}$'
        Get-Key other | Should -Be stays
        # The rotation has waited for the rollouts itself.
        Confirm-Replaced deployment/api $api $now
        Confirm-Replaced statefulset/files $files $now
        Get-LivingPod bystander | Should -Be $bystander
        # Neither in clear nor as it was applied.
        "$(Use-Kubectl get secret audit-secrets -o yaml)" | Should -Not -Match 'first-jwt-secret|last-applied'
    }

    It 'needs no more than the documented rights' {
        New-Thing @'
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: rotator }
rules:
- { apiGroups: [''], resources: [secrets], verbs: [get, list, update] }
- { apiGroups: [''], resources: [pods, configmaps], verbs: [list] }
- { apiGroups: [apps], resources: [deployments, statefulsets, daemonsets, replicasets], verbs: [get, list, patch] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: rotator }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: rotator }
subjects: [{ kind: User, name: restarter }]
'@
        $mine = (New-Item -ItemType Directory "$TestDrive/rotator").FullName
        $example.Replace('context: admin', 'context: restarter') | Set-Content "$mine/ops.yaml"
        $before, $was = (Get-LivingPod api), (Get-Key jwt-secret)
        $null = Invoke-OpsSecretRotation jwt -Environment $mine -WarningAction Ignore -ErrorAction Stop
        Get-Key jwt-secret | Should -Not -Be $was
        Confirm-Replaced deployment/api $before (Get-Key jwt-secret)
    }

    It 'follows an immutable one with another, which what reads it is told' {
        $null = Use-Kubectl patch secret audit-secrets -p '{"immutable":true}'
        $was, $before, $bystander = (Get-Key jwt-secret), (Get-LivingPod api), (Get-LivingPod bystander)
        $result = & "$root/examples/rotate-secrets.ps1" -Environment $audit -Name jwt |
            Where-Object { $_.PSTypeNames[0] -eq 'OpsModule.RotationResult' }
        $result.Services | Sort-Object | Should -Be api, bystander, files
        $name = "$(Use-Kubectl get deployment api -o 'jsonpath={.spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef.name}')"
        $name | Should -Not -Be audit-secrets
        "$(Use-Kubectl get statefulset files -o 'jsonpath={.spec.template.spec.volumes[0].secret.secretName}')" | Should -Be $name
        # The old one stays as it is; what takes another key of it is told the new name, too, and waited for.
        Get-Key jwt-secret | Should -Be $was
        Get-Key other $name | Should -Be stays
        "$(Use-Kubectl get secret $name -o 'jsonpath={.immutable}')" | Should -Be true
        Confirm-Replaced deployment/api $before (Get-Key jwt-secret $name)
        Confirm-Replaced statefulset/files @() (Get-Key jwt-secret $name)
        Confirm-Replaced deployment/bystander $bystander stays
        (Test-OpsSecret jwt -Environment $audit).Passed | Should -BeTrue
    }
}
