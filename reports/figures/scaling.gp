# SPDX-License-Identifier: Apache-2.0
# scaling.dat: block 0 = CPUs, most threads, lines; then one block per line: its name, then threads, speed-up, low, high, whether
#              there are more threads than CPUs.
load ARG0[:strlen(ARG0) - strlen("scaling.gp")]."style.inc"
file = "scaling.dat"
stats file index 0 using 1 name "C" nooutput
stats file index 0 using 2 name "T" nooutput
stats file index 0 using 3 name "N" nooutput
lines = int(N_max)
high = C_max * 1.12
do for [i = 1:lines] {
    stats file index i using 4 name "P" nooutput
    high = P_max * 1.08 > high ? P_max * 1.08 : high
}
array shade[12] = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#7f7f7f", "#B5A642", "#5B3A8C", "#8C510A", "#01665E", "#000000"]
set xlabel "threads (hollow: more threads than CPUs)"
set ylabel "times as fast as one thread" textcolor rgb ink
set logscale x 2
set xrange [0.93:T_max * 1.07]
set yrange [0:high]
set xtics 2
set grid xtics ytics lc rgb faint lw 0.6 lt 1
set key outside right center vertical Left reverse samplen 1.5 spacing 1.25
set title "Speed-up by number of threads"
ideal(x) = x < C_max ? x : C_max
do for [kind in "svg png"] {
    eval sprintf(kind eq "svg" ? svg : png, 960, 460)
    set output "scaling.".kind.".tmp"
    set samples 400
    plot ideal(x) with lines lc rgb ink lw 0.9 dt 2 title "as many as threads, up to the CPUs", \
         for [i = 1:lines] file index i using 1:2 with lines lw 1.5 lc rgb shade[i] title columnheader(1), \
         for [i = 1:lines] file index i using 1:3:(0):($4 - $3) with vectors nohead lw 1.2 lc rgb shade[i] notitle, \
         for [i = 1:lines] file index i using 1:($5 > 0 ? $2 : NaN) with points pt 6 ps 1 lw 1.4 lc rgb shade[i] notitle, \
         for [i = 1:lines] file index i using 1:($5 > 0 ? NaN : $2) with points pt 7 ps 0.8 lc rgb shade[i] notitle
    set output
}
