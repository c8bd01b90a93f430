# SPDX-License-Identifier: Apache-2.0
# history.dat: one block per panel: a line with its title, then run, change in percent, low, high, label.
load ARG0[:strlen(ARG0) - strlen("history.gp")]."style.inc"
file = "history.dat"
stats file skip 1 using 1 name "A" nooutput
panels = int(A_blocks)
columns = panels < 3 ? panels : 3
lines = (panels + columns - 1) / columns
width = columns == 1 ? 640 : 340 * columns
height = 60 + 210 * lines
unset grid
set grid ytics lc rgb faint lw 0.6 lt 1
set xtics rotate by 40 right scale 0.4
set format y "%+g%%"
set key at graph 0, 1.13 left Left reverse samplen -1 spacing 1
do for [kind in "svg png"] {
    eval sprintf(kind eq "svg" ? svg : png, width, height)
    set output "history.".kind.".tmp"
    set multiplot layout lines, columns title "Change of the median since the oldest run shown" noenhanced \
        margins 0.075, 0.985, 62.0 / height, 1 - 75.0 / height spacing 0.085, 92.0 / height
    do for [i = 0:panels - 1] {
        set autoscale # stats leaves out what is out of range
        stats file index i skip 1 using 3:4 name "P" nooutput
        low = P_min_x < -5 ? P_min_x * 1.15 : -5
        high = P_max_y > 5 ? P_max_y * 1.15 : 5
        set xrange [0.5:A_max + 0.5]
        set yrange [low:high]
        plot 0 with lines lc rgb ink lw 0.7 dt 2 notitle, \
             file index i skip 1 using 1:3:4 with filledcurves fc rgb good fs transparent solid 0.18 notitle, \
             file index i skip 1 using 1:2:3:4 with yerrorbars pt 7 ps 0.01 lw 1 lc rgb good notitle, \
             file index i skip 1 using 1:2:xtic(5) with points pt 7 ps 0.45 lc rgb good notitle, \
             file index i using 1:2 with lines lw 1.6 lc rgb good title columnheader(1)
    }
    unset multiplot
    set output
}
