# Updates of workloads on a real Kubernetes 1.20 with a real kubelet (build/kubernetes): ./build.sh prove kubernetes.

BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $env:KUBECONFIG = $null

    # kubectl as the lab's admin, in a namespace of its own; what it says.
    function Use-Kubectl { & kubectl --kubeconfig=$env:KUBE_LAB_CONFIG --context=admin --namespace=roll @args 2>&1 | ForEach-Object ToString }

    # Makes objects of YAML.
    function New-Thing([string] $Yaml) {
        $file = Join-Path $TestDrive "$([guid]::NewGuid().ToString('n')).yaml"
        $Yaml | Set-Content $file
        $said = Use-Kubectl apply -f $file
        if ($LASTEXITCODE) { throw "$said" }
    }

    # A workload that is ready a second after it has started, and ends when it is told to.
    function New-Workload([string] $Name, [string] $Kind = 'Deployment', [int] $Replicas = 2, [string] $Spec = '') {
        $count = ($Kind -eq 'DaemonSet' ? '' : "replicas: $Replicas") + ($Kind -eq 'StatefulSet' ? "`n  serviceName: $Name" : '')
        New-Thing @"
apiVersion: apps/v1
kind: $Kind
metadata: { name: $Name }
spec:
  $count
  selector: { matchLabels: { app: $Name } }
  $Spec
  template:
    metadata: { labels: { app: $Name } }
    spec:
      terminationGracePeriodSeconds: 2
      containers:
      - name: app
        image: localhost/ops-box:1
        imagePullPolicy: IfNotPresent
        command: [sh, -c, 'trap "exit 0" TERM; sleep 1; touch /tmp/ready; while :; do sleep 0.2; done']
        readinessProbe: { exec: { command: [test, -f, /tmp/ready] }, periodSeconds: 1 }
        resources: { limits: { memory: 64Mi }, requests: { memory: 32Mi } }
"@
        $null = Wait-OpsService $Name -Healthy -Timeout 2m -Environment $roll
    }

    function New-Environment([string] $User = 'admin') {
        $where = (New-Item -Force -ItemType Directory "$TestDrive/$User").FullName
        "environment: lab`nplatform: { kubernetes: { kubeconfig: $env:KUBE_LAB_CONFIG, context: $User, namespace: roll } }" | Set-Content "$where/ops.yaml"
        $where
    }

    function Get-Image([string] $Reference) { "$(Use-Kubectl get $Reference -o 'jsonpath={.spec.template.spec.containers[0].image}')" }

    $null = & kubectl --kubeconfig=$env:KUBE_LAB_CONFIG create namespace roll 2>&1
    $roll = New-Environment
}

Describe 'Updates of workloads of a real cluster' {
    It 'brings out an image of a <Kind>, whose revisions are the cluster''s, and goes back' -ForEach @(
        @{ Kind = 'Deployment' }, @{ Kind = 'StatefulSet' }, @{ Kind = 'DaemonSet' }
    ) {
        $name = "up-$($Kind.ToLower())"
        New-Workload $name -Kind $Kind
        $done = Update-OpsService $name -Tag 2 -Reason 'a fix' -Environment $roll -Confirm:$false -WarningAction Ignore
        $done.Outcome | Should -Be Done
        $done.ToImage | Should -Be localhost/ops-box:2
        Get-Image "$Kind/$name" | Should -Be localhost/ops-box:2
        "$(Use-Kubectl rollout status "$Kind/$name" --timeout=1s)" | Should -Match 'rolled out|roll out complete|rolling update complete'
        "$(Use-Kubectl rollout history "$Kind/$name")" | Should -Match 'a fix'
        $revisions = Get-OpsServiceUpdate $name -Environment $roll
        $revisions[0].Change | Should -Be $done.Change
        $revisions[1].By | Should -Match '^others'
        $null = Use-Kubectl set env "$Kind/$name" A=1
        $null = Wait-OpsService $name -Rollout -Timeout 2m -Environment $roll
        (Get-OpsServiceUpdate $name -Environment $roll)[0].Change | Should -BeNullOrEmpty
        (Undo-OpsServiceUpdate $name -ToRevision $revisions[1].Revision -Environment $roll -Confirm:$false -WarningAction Ignore).Outcome | Should -Be Done
        Get-Image "$Kind/$name" | Should -Be localhost/ops-box:1
        "$(Use-Kubectl get lease "opsmodule-$name" -o 'jsonpath={.spec.holderIdentity}')" | Should -BeNullOrEmpty
    }

    It 'goes back from an image that is not there, of a <Kind> too' -ForEach @(@{ Kind = 'Deployment' }, @{ Kind = 'StatefulSet' }) {
        $name = "bad-$($Kind.ToLower())"
        New-Workload $name -Kind $Kind
        { Update-OpsService $name -Image 127.0.0.1:1/none:2 -HealthTimeout 2m -Environment $roll -Confirm:$false -WarningAction Ignore -ErrorAction Stop } |
            Should -Throw -ErrorId 'InstanceNotReady*' -ExpectedMessage '*none:2*'
        Get-Image "$Kind/$name" | Should -Be localhost/ops-box:1
        (Wait-OpsService $name -Rollout -Timeout 2m -Environment $roll).Ready | Should -Be 2
    }

    It 'sets limits, and lowers what is promised with them' {
        New-Workload small
        Set-OpsService small -Memory 16Mi -Cpu 0.25 -Environment $roll -Confirm:$false -WarningAction Ignore
        "$(Use-Kubectl get deployment small -o 'jsonpath={.spec.template.spec.containers[0].resources}')" | ConvertFrom-Json | ForEach-Object {
            $_.limits.memory | Should -Be 16Mi
            $_.limits.cpu | Should -Be 250m
            $_.requests.memory | Should -Be 16Mi
        }
    }

    It 'says what a pause, a budget and a Lease of another mean' {
        New-Workload held
        New-Thing "apiVersion: policy/v1beta1`nkind: PodDisruptionBudget`nmetadata: { name: held }`nspec: { maxUnavailable: 0, selector: { matchLabels: { app: held } } }"
        $null = Use-Kubectl patch deployment held -p '{"spec":{"strategy":{"rollingUpdate":{"maxUnavailable":1,"maxSurge":0}}}}'
        $null = Wait-OpsService held -Rollout -Timeout 2m -Environment $roll
        (Test-OpsServiceUpdate held -Environment $roll).Code | Should -Contain DisruptionBudget
        $null = Use-Kubectl rollout pause deployment/held
        { Update-OpsService held -Tag 2 -Environment $roll -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'RolloutRefused*'
        $null = Use-Kubectl rollout resume deployment/held
        $now = [datetime]::UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'")
        New-Thing "apiVersion: coordination.k8s.io/v1`nkind: Lease`nmetadata: { name: opsmodule-held }`nspec: { holderIdentity: somebody/1, leaseDurationSeconds: 600, renewTime: '$now', acquireTime: '$now' }"
        { Update-OpsService held -Tag 2 -Environment $roll -Confirm:$false -ErrorAction Stop } | Should -Throw -ExpectedMessage '*somebody/1*'
        Get-Image deployment/held | Should -Be localhost/ops-box:1
    }

    It 'needs no more than the documented rights' {
        New-Thing @'
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: updater }
rules:
- { apiGroups: [''], resources: [pods], verbs: [get, list, delete] }
- { apiGroups: [''], resources: [events], verbs: [list] }
- { apiGroups: [''], resources: [pods/log], verbs: [get] }
- { apiGroups: [apps], resources: [deployments, statefulsets, daemonsets, replicasets], verbs: [get, list, patch, update] }
- { apiGroups: [apps], resources: [controllerrevisions], verbs: [list] }
- { apiGroups: [policy], resources: [poddisruptionbudgets], verbs: [list] }
- { apiGroups: [autoscaling], resources: [horizontalpodautoscalers], verbs: [list] }
- { apiGroups: [coordination.k8s.io], resources: [leases], verbs: [get, create, update] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: updater }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: updater }
subjects: [{ kind: User, name: restarter }]
'@
        $mine = New-Environment restarter
        New-Workload rights -Kind StatefulSet
        (Update-OpsService rights -Tag 2 -Environment $mine -Confirm:$false -WarningAction Ignore).Outcome | Should -Be Done
    }
}
