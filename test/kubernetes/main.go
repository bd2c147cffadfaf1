// Command kubernetes is every program of a Kubernetes cluster in one binary: the test cluster of Plimsoll.
//
// The first argument names the program, as does the name the binary is called by (a symlink "kubectl" is kubectl).
// Linked together they cost one link and one file; built from published Go modules they need no image and no download site.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	// Registrations that the real mains have too: JSON logs, client and version metrics, credential plug-ins.
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
)

// programs maps a name to a function that builds and runs it. Only the one asked for may be built:
// the constructors install a process-wide signal handler, and a second one panics.
var programs = map[string]func() int{
	"etcd":                    runEtcd,
	"kube-apiserver":          runAPIServer,
	"kube-controller-manager": runControllerManager,
	"kube-scheduler":          runScheduler,
	"kubelet":                 runKubelet,
	"kubectl":                 runKubectl,
}

func main() {
	name := filepath.Base(os.Args[0])
	if _, known := programs[name]; !known && len(os.Args) > 1 {
		// The program reads its flags from os.Args, so its own name becomes the first of them.
		name, os.Args = os.Args[1], os.Args[1:]
	}
	run, known := programs[name]
	if !known {
		names := slices.Sorted(maps.Keys(programs))
		fmt.Fprintf(os.Stderr, "usage: kubernetes <%s> [flags]\n", strings.Join(names, "|"))
		os.Exit(2)
	}
	os.Exit(run())
}
