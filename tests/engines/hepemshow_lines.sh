#!/bin/sh
# HepEmShow (https://github.com/mnovak42/hepemshow) as `engine:command`: what it prints, as `key: value` lines.
#
#   engine:command='hepemshow_lines.sh PATH/HepEmShow PATH/hepem_data.json {events} {seed} {particle} {energy_MeV}'
#
# The calorimeter is HepEmShow's own, that of `--scenario hepemshow`.
set -e
program=$(realpath "$1")
tables=$(realpath "$2")
events=$3
seed=$((1 + $4 % 2147483647)) # it takes 31 bits and no zero
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" # where it leaves its histograms
"$program" -d "$tables" -n "$events" -s "$seed" -p "$5" -e "$6" -v 0 >output 2>&1 || {
    cat output
    exit 1
}

echo "events: $events"
echo "beam.particle: $5"
echo "beam.energy_MeV: $6"
# Its standard deviations are with n, those of the lines with n - 1.
awk -v n="$events" '
    function region(name) { printf "deposit.%s.mean_MeV: %s\n", name, mean
                            if (n > 1) printf "deposit.%s.sd_MeV: %.6g\n", name, sd * sqrt(n / (n - 1)) }
    /mean Edep/                        { split($0, part, "="); mean = part[2] + 0; sd = part[3] + 0 }
    /Absorber *: mean Edep/            { region("absorber") }
    /Gap *: mean Edep/                 { region("gap") }
    /Mean number of gamma  /           { print "secondaries.gamma: " $NF }
    /Mean number of e-  /              { print "secondaries.e-: " $NF }
    /Mean number of e\+  /             { print "secondaries.e+: " $NF }
    /Mean number of e-\/e\+ steps/     { print "steps.charged: " $NF }
    /Mean number of gamma steps/       { print "steps.gamma: " $NF }
' output
awk '{ printf "layer.absorber+gap.%d.mean_MeV: %s\n", NR, $3 }' hist_Edep_PerLayer
