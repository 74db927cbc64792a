@NullMarked
package io.penstock.provisioning.doctor;

import org.jspecify.annotations.NullMarked;
