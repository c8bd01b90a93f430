# SPDX-License-Identifier: Apache-2.0
# targets.dat: row, label, percent of the target used, 1 if met, its text.
load ARG0[:strlen(ARG0) - strlen("targets.gp")]."style.inc"
file = "targets.dat"
stats file using 1 name "R" nooutput
stats file using 3 name "U" nooutput
rows = int(R_max)
low = U_min < 0.2 ? U_min / 2 : 0.1
high = (U_max > 100 ? U_max : 100) * 8
height = 130 + 30 * rows
set title "Share of its target that each component uses" offset 0,0.8
set xlabel "time / target (logarithmic)"
set logscale x
set xrange [low:high]
set yrange [rows + 0.6:0.4]
set xtics ("0.001%%" 0.001, "0.01%%" 0.01, "0.1%%" 0.1, "1%%" 1, "10%%" 10, "100%%" 100, "1000%%" 1000, "10000%%" 10000)
set ytics scale 0
unset key
set style textbox opaque noborder margins 0.4,0.4
set label 1 "target" at 100, graph 1 center offset 0,0.6 textcolor rgb bad noenhanced
do for [kind in "svg png"] {
    eval sprintf(kind eq "svg" ? svg : png, 960, height)
    set output "targets.".kind.".tmp"
    plot file using 3:1:(low):3:($1 - 0.33):($1 + 0.33):($4 > 0 ? 0x0072B2 : 0xD55E00):ytic(2) with boxxyerror \
             fs solid noborder lc rgb variable, \
         file every ::0::0 using (100):(rows + 0.6):(0):(-rows - 0.2) with vectors nohead lw 2 lc rgb bad, \
         file using 3:1:5 with labels boxed left offset 0.8,0 font ",".(kind eq "svg" ? "10" : "8") textcolor rgb ink
    set output
}
