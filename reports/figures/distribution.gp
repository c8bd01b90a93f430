# SPDX-License-Identifier: Apache-2.0
# distribution.dat: block 0 = row, label, p5, p25, p75, p95 (over the median), variant rank, band;
#                   block 1 = sample over median, row with jitter, variant rank.
load ARG0[:strlen(ARG0) - strlen("distribution.gp")]."style.inc"
file = "distribution.dat"
stats file index 0 using 1 name "R" nooutput
stats file index 1 using 1 name "X" nooutput
rows = int(R_max)
height = 130 + 20 * rows
low = X_min < 0.9 ? X_min / 1.03 : 0.9
high = X_max > 1.2 ? X_max * 1.05 : 1.2
set title "Samples of every benchmark, relative to its median" offset 0,0.3
set xlabel "time of a sample / median of its benchmark"
set logscale x
set xrange [low:high]
set yrange [rows + 0.6:0.4]
set xtics (0.2, 0.5, 0.8, 0.9, 1, 1.1, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)
set ytics scale 0
unset key
set arrow 1 from 1, graph 0 to 1, graph 1 nohead lc rgb ink lw 0.8 dt 2 back
do for [kind in "svg png"] {
    eval sprintf(kind eq "svg" ? svg : png, 960, height)
    set output "distribution.".kind.".tmp"
    plot file index 0 using (low):($8 > 0 ? $1 : NaN):(low):(high):($1 - 0.5):($1 + 0.5) with boxxyerror \
             fs solid noborder fc rgb band, \
         file index 1 using 1:2:(rgb($3) + 0xA0000000) with points pt 7 ps 0.28 lc rgb variable, \
         file index 0 using 3:1:($6 - $3):(0) with vectors nohead lw 1.2 lc rgb ink, \
         file index 0 using (1):1:4:5:($1 - 0.28):($1 + 0.28):(rgb($7)):ytic(2) with boxxyerror \
             lc rgb variable fs transparent solid 0.45 border, \
         file index 0 using (1):1:(0):(0.28) with vectors nohead lw 2 lc rgb ink, \
         file index 0 using (1):1:(0):(-0.28) with vectors nohead lw 2 lc rgb ink
    set output
}
